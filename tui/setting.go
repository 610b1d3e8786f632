package tui

// Setting is a value that the program goes by, and that a person can change.
type Setting struct {
	Name    string // as it is called in the configuration file, its table in front
	Words   string // what it is for
	Value   string // as it stands; a list has commas
	From    string // default, FILE:LINE, a flag, or a variable of the environment
	Default string
	Choices []string // all that it can be, if there are but a few
}

// Settings is the configuration file, as a person sees and changes it.
type Settings interface {
	// File is its path.
	File() string
	// List is every setting as it stands now.
	List() ([]Setting, error)
	// Keep writes a value into the file, if that is right; "" takes the setting
	// out, so that its default counts. Keys of one's own are called keys.ACTION.
	Keep(name, value string) error
	// Take puts what the file says now into the options.
	Take(*Options) error
}
