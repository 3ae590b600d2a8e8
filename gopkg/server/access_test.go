package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/server"
)

func keyLine(name, key string) string {
	return fmt.Sprintf("%s %x\n", name, sha256.Sum256([]byte(key)))
}

func (s *service) withKey(path, authorization string) reply {
	s.t.Helper()
	return s.do("GET", path, "", map[string]string{"Authorization": authorization})
}

func TestKeys(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, os.WriteFile(file, []byte("# who may come in\n\n"+keyLine("ann", "k1-secret")+keyLine("bob", "k2-secret")), 0o600))
	s := start(t, func(c *server.Config) { c.Keys = file; c.Listen = "0.0.0.0:0"; c.AllowPlaintext = true }, nil)
	for _, wrong := range []string{"", "Bearer", "Bearer ", "Bearer k3", "Basic k1-secret", "k1-secret", "Bearer " + fmt.Sprintf("%x", sha256.Sum256([]byte("k1-secret")))} {
		r := s.withKey("/v1/model", wrong)
		assert.Equal(t, http.StatusUnauthorized, r.status, wrong)
		assert.Equal(t, `Bearer realm="q2"`, r.header.Get("WWW-Authenticate"))
	}
	for _, path := range []string{"/metrics", "/v1/model"} {
		assert.Equal(t, http.StatusUnauthorized, s.get(path).status, path)
	}
	for _, path := range []string{"/", "/healthz", "/readyz", "/openapi.yaml"} {
		assert.Equal(t, http.StatusOK, s.get(path).status, path)
	}
	assert.Equal(t, http.StatusOK, s.withKey("/v1/model", "Bearer k1-secret").status)
	assert.Equal(t, http.StatusOK, s.withKey("/v1/model", "bearer k2-secret").status)
	assert.Contains(t, s.log.String(), "client=ann")

	require.NoError(t, os.WriteFile(file, []byte(keyLine("cid", "k3")), 0o600))
	assert.Equal(t, http.StatusUnauthorized, s.withKey("/v1/model", "Bearer k3").status, "not before it is told")
	s.Reload()
	assert.Equal(t, http.StatusOK, s.withKey("/v1/model", "Bearer k3").status)
	assert.Equal(t, http.StatusUnauthorized, s.withKey("/v1/model", "Bearer k1-secret").status)

	for _, broken := range []string{"", "cid\n", "cid nothex\n", keyLine("cid", "k") + keyLine("cid", "l"), "cid k3 k4\n"} {
		require.NoError(t, os.WriteFile(file, []byte(broken), 0o600))
		s.Reload()
		assert.Equal(t, http.StatusOK, s.withKey("/v1/model", "Bearer k3").status, "the old keys stay")
	}
	require.NoError(t, os.Remove(file))
	s.Reload()
	assert.Equal(t, http.StatusOK, s.withKey("/v1/model", "Bearer k3").status)
	metrics := s.withKey("/metrics", "Bearer k3").body
	assert.Contains(t, metrics, `q2_reloads_total{result="failed",what="keys"} 6`)
	assert.Contains(t, metrics, `q2_reloads_total{result="ok",what="keys"} 1`)
	for _, key := range []string{"k1-secret", "k2-secret"} {
		assert.NotContains(t, s.log.String(), key)
	}
}

// All of a key's hash counts: one that differs in a single bit, wherever, lets nobody in.
func TestEveryBitOfAKeyCounts(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	hash := sha256.Sum256([]byte("k1"))
	write := func(hash [sha256.Size]byte) {
		require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, "ann %x\n", hash), 0o600))
	}
	write(hash)
	s := start(t, func(c *server.Config) { c.Keys = file }, nil)
	for i := range hash {
		other := hash
		other[i] ^= 1 << (i % 8)
		write(other)
		s.Reload()
		assert.Equal(t, http.StatusUnauthorized, s.withKey("/v1/model", "Bearer k1").status, "byte %d", i)
	}
	write(hash)
	s.Reload()
	assert.Equal(t, http.StatusOK, s.withKey("/v1/model", "Bearer k1").status)
}

// Each key has a rate of its own; who has none has that of the address, so that nobody tries keys at any rate.
func TestRatesOfKeys(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, os.WriteFile(file, []byte(keyLine("ann", "k1")+keyLine("bob", "k2")), 0o600))
	s := start(t, func(c *server.Config) { c.Keys, c.Rate, c.Burst = file, 0.001, 1 }, nil)
	assert.Equal(t, http.StatusOK, s.withKey("/v1/model", "Bearer k1").status)
	assert.Equal(t, http.StatusTooManyRequests, s.withKey("/v1/model", "Bearer k1").status)
	assert.Equal(t, http.StatusUnauthorized, s.withKey("/v1/model", "Bearer k3").status)
	assert.Equal(t, http.StatusTooManyRequests, s.withKey("/v1/model", "Bearer k4").status)
	assert.Equal(t, http.StatusOK, s.withKey("/v1/model", "Bearer k2").status)
}

// writeCertificate makes a pair for 127.0.0.1 with a serial number.
func writeCertificate(t *testing.T, folder string, serial int64) (chain, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	chain, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	require.NoError(t, os.WriteFile(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}), 0o600))
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded}), 0o600))
	return chain, key
}

func TestTLS(t *testing.T) {
	folder := t.TempDir()
	chain, key := writeCertificate(t, folder, 1)
	c := defaults(t)
	c.TLSCert, c.TLSKey = chain, key
	s := launch(t, c, nil, func() (*server.Model, error) { return newModel(t, &standIn{}), nil })
	s.url = strings.Replace(s.url, "http:", "https:", 1)
	for _, protocols := range [][]string{{"http/1.1"}, {"h2"}} {
		transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, NextProtos: protocols}, ForceAttemptHTTP2: true}
		s.client = &http.Client{Transport: transport}
		s.waitReady()
		assert.Equal(t, http.StatusOK, s.post("/v1/fingerprints", `{"texts":["a"]}`).status)
		r := s.do("POST", "/v1/quantise", string(floatRows(3, 100, 8)), streamHeader("fp32", "100,8"))
		assert.Equal(t, 100, len(readRows(t, r.body)))
		transport.CloseIdleConnections()
	}
	assert.Equal(t, int64(1), s.serial())
	writeCertificate(t, folder, 2)
	s.Reload()
	assert.Equal(t, int64(2), s.serial())
	require.NoError(t, os.WriteFile(chain, []byte("x"), 0o600))
	s.Reload()
	assert.Equal(t, int64(2), s.serial(), "the old certificate stays")

	old, err := tls.Dial("tcp", s.Addr().String(), &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
	if !assert.Error(t, err) {
		_ = old.Close()
	}
}

func (s *service) serial() int64 {
	connection, err := tls.Dial("tcp", s.Addr().String(), &tls.Config{InsecureSkipVerify: true})
	require.NoError(s.t, err)
	defer connection.Close()
	return connection.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

func TestPagesOfOtherOrigins(t *testing.T) {
	ask := func(s *service, method, origin string) reply {
		return s.do(method, "/v1/model", "", map[string]string{"Origin": origin, "Access-Control-Request-Method": "POST"})
	}
	s := start(t, nil, nil)
	r := ask(s, "OPTIONS", "https://a.example")
	assert.Equal(t, http.StatusMethodNotAllowed, r.status)
	assert.Empty(t, r.header.Get("Access-Control-Allow-Origin"), "none unless asked for")

	s = start(t, func(c *server.Config) { c.CORSOrigin = []string{"https://a.example"} }, nil)
	r = ask(s, "OPTIONS", "https://a.example")
	assert.Equal(t, http.StatusNoContent, r.status)
	assert.Equal(t, "https://a.example", r.header.Get("Access-Control-Allow-Origin"))
	assert.Contains(t, r.header.Get("Access-Control-Allow-Headers"), "Authorization")
	r = ask(s, "GET", "https://a.example")
	assert.Equal(t, http.StatusOK, r.status)
	assert.Equal(t, "https://a.example", r.header.Get("Access-Control-Allow-Origin"))
	r = ask(s, "GET", "https://b.example")
	assert.Empty(t, r.header.Get("Access-Control-Allow-Origin"))
	assert.Equal(t, "Origin", r.header.Get("Vary"))
}

func TestThePage(t *testing.T) {
	s := start(t, nil, nil)
	r := s.get("/")
	assert.Equal(t, http.StatusOK, r.status)
	assert.Contains(t, r.header.Get("Content-Type"), "text/html")
	policy := r.header.Get("Content-Security-Policy")
	assert.Contains(t, policy, "default-src 'none'")
	assert.NotContains(t, policy, "unsafe")
	assert.Contains(t, r.body, "Q²")
	assert.NotRegexp(t, `<script(\s[^>]*)?>\s*[^<\s]|<style|\sstyle=|\son[a-z]+=|https?://`, r.body, "nothing inline, nothing from elsewhere")
	for _, file := range regexp.MustCompile(`(?:src|href)="(page/[^"]+)"`).FindAllStringSubmatch(r.body, -1) {
		assert.Equal(t, http.StatusOK, s.get("/"+file[1]).status, file[1])
	}
	assert.Contains(t, s.get("/page/app.js").header.Get("Content-Type"), "javascript")
	assert.Equal(t, http.StatusNotFound, s.get("/page/nothing.js").status)
}
