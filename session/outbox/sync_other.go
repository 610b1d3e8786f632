//go:build !linux

package outbox

import "os"

const (
	carrying = false
	ahead    = 0
)

func syncData(file *os.File) error { return file.Sync() }

func syncAll(*os.File) (bool, error) { return false, nil }
