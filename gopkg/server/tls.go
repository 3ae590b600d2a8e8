package server

import (
	"crypto/tls"
	"sync/atomic"
)

// certificate is read again on demand; connections that are open keep theirs.
type certificate struct {
	chain, key string
	held       atomic.Pointer[tls.Certificate]
}

// openCertificate is nil without files.
func openCertificate(chain, key string) (*certificate, error) {
	if chain == "" {
		return nil, nil
	}
	c := &certificate{chain: chain, key: key}
	return c, c.reload()
}

// reload keeps the old certificate if the new files can't be used.
func (c *certificate) reload() error {
	pair, err := tls.LoadX509KeyPair(c.chain, c.key)
	if err == nil {
		c.held.Store(&pair)
	}
	return err
}

func (c *certificate) config() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.held.Load(), nil },
	}
}
