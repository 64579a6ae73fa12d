package engine

import (
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
)

// relay stands between clients and the engine's native port. The embedded engine
// ends when a connection is reset under it, as happens whenever a client is
// killed or gives up on an answer; behind the relay it only ever sees a client
// that says goodbye. The relay's port also stays when the engine restarts.
type relay struct {
	listener *net.TCPListener
	target   func() (int, error) // port of the engine now
}

func newRelay(target func() (int, error)) (*relay, error) {
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, fmt.Errorf("opening a port for the engine: %w", err)
	}
	r := &relay{listener: l, target: target}
	go r.accept()
	return r, nil
}

func (r *relay) port() int { return r.listener.Addr().(*net.TCPAddr).Port }

func (r *relay) close() { _ = r.listener.Close() }

func (r *relay) accept() {
	for {
		client, err := r.listener.AcceptTCP()
		if err != nil {
			return // closed
		}
		go r.serve(client)
	}
}

func (r *relay) serve(client *net.TCPConn) {
	defer func() { _ = client.Close() }()
	port, err := r.target()
	if err != nil {
		return
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(context.Background(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return
	}
	server := conn.(*net.TCPConn)
	defer func() { _ = server.Close() }()
	go func() {
		// Whether the client ends well or is reset, the engine hears the same.
		_, _ = io.Copy(server, client)
		_ = server.CloseWrite()
	}()
	if _, err := io.Copy(client, server); err != nil {
		// The client is gone: what the engine still says is read to its end,
		// since closing on unread bytes would reset the connection.
		_, _ = io.Copy(io.Discard, server)
	}
}
