package server_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/server"
)

func TestSettingsOutOfRange(t *testing.T) {
	require.NoError(t, defaults(t).Check())
	for _, c := range []struct {
		name, value string
		change      func(*server.Config)
	}{
		{"max-body", "0", func(c *server.Config) { c.MaxBody = 0 }},
		{"max-stream", "-1", func(c *server.Config) { c.MaxStream = -1 }},
		{"max-texts", "0", func(c *server.Config) { c.MaxTexts = 0 }},
		{"max-k", "65537", func(c *server.Config) { c.MaxK = 65537 }},
		{"max-collections", "0", func(c *server.Config) { c.MaxCollections = 0 }},
		{"rate", "-1", func(c *server.Config) { c.Rate = -1 }},
		{"token-rate", "1e+10", func(c *server.Config) { c.TokenRate = 1e10 }},
		{"queue-timeout", "0s", func(c *server.Config) { c.QueueTimeout = 0 }},
		{"idle-timeout", "48h0m0s", func(c *server.Config) { c.IdleTimeout = 48 * time.Hour }},
		{"log-format", `"xml"`, func(c *server.Config) { c.LogFormat = "xml" }},
		{"log-level", `"loud"`, func(c *server.Config) { c.LogLevel = "loud" }},
		{"cors-origin", `"https://a.example/"`, func(c *server.Config) { c.CORSOrigin = []string{"https://a.example/"} }},
		{"cors-origin", `"a.example"`, func(c *server.Config) { c.CORSOrigin = []string{"a.example"} }},
		{"listen", `"8042"`, func(c *server.Config) { c.Listen = "8042" }},
		{"listen", `":8042"`, func(c *server.Config) { c.Listen = ":8042" }},
		{"listen", `"0.0.0.0:8042"`, func(c *server.Config) { c.Listen, c.AllowPlaintext = "0.0.0.0:8042", true }},
		{"listen", `"example.org:8042"`, func(c *server.Config) { c.Listen, c.AllowAnonymous = "example.org:8042", true }},
		{"listen", `"[2001:db8::1]:8042"`, func(c *server.Config) { c.Listen, c.Keys = "[2001:db8::1]:8042", "keys" }},
		{"tls-cert and tls-key", `"cert" and ""`, func(c *server.Config) { c.TLSCert = "cert" }},
		{"pprof", `"0.0.0.0:6060"`, func(c *server.Config) { c.Pprof = "0.0.0.0:6060" }},
	} {
		config := defaults(t)
		c.change(&config)
		_, err := server.New(config, server.Parts{})
		var wrong *server.ConfigError
		require.ErrorAs(t, err, &wrong, c.name)
		assert.Equal(t, c.name, wrong.Name)
		assert.Equal(t, c.value, wrong.Value)
		assert.NotEmpty(t, wrong.Limit)
	}
	for _, change := range []func(*server.Config){
		func(c *server.Config) { c.Listen = "localhost:0" },
		func(c *server.Config) { c.Listen = "[::1]:0" },
		func(c *server.Config) { c.Listen, c.AllowAnonymous, c.AllowPlaintext = "0.0.0.0:0", true, true },
		func(c *server.Config) { c.CORSOrigin = []string{"*", "http://localhost:3000"} },
	} {
		config := defaults(t)
		change(&config)
		assert.NoError(t, config.Check())
	}
}
