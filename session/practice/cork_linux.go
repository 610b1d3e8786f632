package practice

import (
	"net"
	"syscall"
)

// cork has the last reply wait for the end of the channel, which follows at
// once, so that both go out in one segment. A client that is busy acknowledges
// two of them so late that the system sends the second one again.
func cork(c net.Conn) {
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return
	}
	if raw, err := tcp.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_CORK, 1) })
	}
}
