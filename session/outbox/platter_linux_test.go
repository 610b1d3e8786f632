package outbox

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// platter is a disk whose power can be cut: it knows what would be on it. The
// octets of a file are those that it had when it was last synced, the names in
// a folder likewise, whatever the system shows in the meantime.
type platter struct {
	all bool // there is a syncfs

	mu     sync.Mutex
	syncs  int           // that are left until the power goes
	gone   chan struct{} // closed when the power goes
	looked chan struct{} // closed when what is left was looked at
	files  map[node][]byte
	folder map[node]map[string]node
}

// node is a file or a folder: a number is used again, but not at the same time.
type node struct {
	inode uint64
	born  int64
}

func nodeOf(name string) (n node, isDir bool, err error) {
	var x unix.Statx_t
	err = unix.Statx(unix.AT_FDCWD, name, unix.AT_SYMLINK_NOFOLLOW, unix.STATX_BTIME|unix.STATX_INO|unix.STATX_TYPE, &x)
	return node{x.Ino, x.Btime.Sec*1e9 + int64(x.Btime.Nsec)}, x.Mode&unix.S_IFMT == unix.S_IFDIR, err
}

var errOff = errors.New("the power is gone")

func (p *platter) disk() disk {
	sync := func(f *os.File) error {
		return p.while(func() error { return p.keep(f.Name(), false) })
	}
	return disk{
		sync: sync, syncData: sync,
		syncAll: func(f *os.File) (bool, error) {
			return p.all, p.while(func() error {
				if !p.all {
					return nil
				}
				return p.keep(filepath.Dir(f.Name()), true)
			})
		},
		carry: true, ahead: 3000,
	}
}

// while does something while there is power. Without, nobody gets any further.
func (p *platter) while(do func() error) error {
	p.mu.Lock()
	if p.syncs--; p.syncs >= 0 {
		defer p.mu.Unlock()
		return do()
	}
	if p.syncs == -1 {
		close(p.gone)
	}
	looked := p.looked
	p.mu.Unlock()
	<-looked
	return errOff
}

// keep puts what a name stands for on the disk, as it is now.
func (p *platter) keep(name string, deep bool) error {
	n, isDir, err := nodeOf(name)
	if err != nil || !isDir {
		if err == nil {
			p.files[n], err = os.ReadFile(name)
		}
		return err
	}
	list, err := os.ReadDir(name)
	if err != nil {
		return err
	}
	names := map[string]node{}
	for _, x := range list {
		below := filepath.Join(name, x.Name())
		n, isDir, err := nodeOf(below)
		if err != nil {
			continue // it went away just now
		}
		names[x.Name()] = n
		if isDir && p.folder[n] == nil {
			p.folder[n] = map[string]node{}
		}
		if deep {
			_ = p.keep(below, true)
		}
	}
	p.folder[n] = names
	return nil
}

// begin switches it on, with all that is in a folder.
func (p *platter) begin(t *testing.T, root string, syncs int) {
	p.files, p.folder = map[node][]byte{}, map[node]map[string]node{}
	p.syncs, p.gone, p.looked = syncs, make(chan struct{}), make(chan struct{})
	if err := p.keep(root, true); err != nil {
		t.Fatal(err)
	}
}

// left writes what is on the disk into another folder. What was never synced
// may be there, too, or the beginning of it, or zeros in its place: luck says.
func (p *platter) left(t *testing.T, from, to string, luck *rand.Rand) {
	if err := os.MkdirAll(to, 0o700); err != nil {
		t.Fatal(err)
	}
	folder, _, err := nodeOf(from)
	if err != nil {
		return // it was removed in the meantime; what was in it is gone, or not: here it is
	}
	names := map[string]node{}
	for name, n := range p.folder[folder] {
		names[name] = n
	}
	now := map[node]string{}
	list, _ := os.ReadDir(from)
	for _, x := range list {
		if n, _, err := nodeOf(filepath.Join(from, x.Name())); err == nil {
			now[n] = filepath.Join(from, x.Name())
			if _, known := names[x.Name()]; !known && luck.IntN(2) == 0 {
				names[x.Name()] = n
			}
		}
	}
	for name, n := range names {
		target := filepath.Join(to, name)
		if p.folder[n] != nil {
			p.left(t, now[n], target, luck)
		} else if info, err := os.Stat(now[n]); err == nil && info.IsDir() {
			p.left(t, now[n], target, luck)
		} else if err := os.WriteFile(target, luckily(p.files[n], now[n], luck), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// sector is what a disk writes as a whole.
const sector = 512

// luckily adds to the octets that are on the disk some of those that are not:
// sectors that were written over, in any order, and some of what is behind.
func luckily(kept []byte, name string, luck *rand.Rand) []byte {
	octets := slices.Clone(kept)
	latest, err := os.ReadFile(name)
	if err != nil || luck.IntN(2) == 0 {
		return octets
	}
	over := min(len(octets), len(latest))
	for at := 0; at < over; at += sector {
		if end := min(at+sector, over); luck.IntN(2) == 0 {
			copy(octets[at:end], latest[at:end])
		}
	}
	if len(latest) <= len(octets) {
		return octets
	}
	more := latest[len(octets) : len(octets)+luck.IntN(len(latest)-len(octets)+1)]
	if luck.IntN(3) == 0 {
		more = make([]byte, len(more))
	}
	return append(octets, more...)
}
