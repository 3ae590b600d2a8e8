//go:build unix

package cli_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/cache"
	"github.com/q2kernel/q2/gopkg/onnx"
)

// needsModelFolder is the default model's folder. Where Q2_REQUIRE names onnx, its absence is a failure.
func needsModelFolder(t *testing.T) string {
	t.Helper()
	folder, err := cache.DefaultModelFolder()
	require.NoError(t, err)
	if _, err = os.Stat(filepath.Join(folder, cache.ModelFile)); err == nil {
		err = onnx.CheckLibrary("")
	}
	if err != nil {
		if slices.Contains(strings.Split(os.Getenv("Q2_REQUIRE"), ","), "onnx") {
			t.Fatalf("Q2_REQUIRE names onnx: %v", err)
		}
		t.Skipf("NOT TESTED, run `make setup` first: %v", err)
	}
	return folder
}

// served is `q2 serve` in a process of its own.
type served struct {
	t       *testing.T
	command *exec.Cmd
	log     *syncBuffer
	url     string
}

// syncBuffer must not embed the buffer: its ReadFrom, which io.Copy prefers, would go past the mutex.
type syncBuffer struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.buffer.Write(p)
}

func (b *syncBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.buffer.String()
}

func serve(t *testing.T, args ...string) *served {
	t.Helper()
	command, _ := process(t, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	s := &served{t: t, command: command, log: &syncBuffer{}}
	command.Stderr = s.log
	require.NoError(t, command.Start())
	t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	address := regexp.MustCompile(`msg=listening address=(\S+)`)
	require.Eventually(t, func() bool { return address.MatchString(s.log.String()) }, 30*time.Second, time.Millisecond, "%s", s.log)
	s.url = "http://" + address.FindStringSubmatch(s.log.String())[1]
	return s
}

func (s *served) waitReady() {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		status, _ := s.ask("GET", "/readyz", "", "")
		return status == http.StatusOK
	}, 60*time.Second, 10*time.Millisecond, "%s", s.log)
}

func (s *served) ask(method, path, body, key string) (status int, answer string) {
	s.t.Helper()
	request, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	require.NoError(s.t, err)
	request.Header.Set("Content-Type", "application/json")
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(s.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	return response.StatusCode, string(text)
}

// giveUp asks, and waits no longer than so long.
func (s *served) giveUp(text string, wait time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, "POST", s.url+"/v1/fingerprints", strings.NewReader(text))
	require.NoError(s.t, err)
	request.Header.Set("Content-Type", "application/json")
	if response, err := http.DefaultClient.Do(request); err == nil {
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
	}
}

func (s *served) terminate() error {
	require.NoError(s.t, s.command.Process.Signal(syscall.SIGTERM))
	return s.command.Wait()
}

// Alone, q2 serve runs the default model and keeps its collections where programs keep their state; a text has the fingerprint that q2 fingerprint gives it.
func TestServeAlone(t *testing.T) {
	needsModelFolder(t)
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	t.Setenv("Q2_SERVE_MAX_BODDY", "5") // misspelt, or somebody else's
	s := serve(t)
	s.waitReady()
	assert.Regexp(t, `level=WARN .* variable=Q2_SERVE_MAX_BODDY\n`, s.log.String())
	assert.Equal(t, 1, strings.Count(s.log.String(), "level=WARN"), s.log.String())
	status, answer := s.ask("POST", "/v1/fingerprints", `{"texts":["Knead the dough."]}`, "")
	require.Equal(t, http.StatusOK, status, answer)
	var got struct {
		Fingerprints []struct {
			Key         string `json:"key"`
			Transitions int    `json:"transitions"`
		} `json:"fingerprints"`
	}
	require.NoError(t, json.Unmarshal([]byte(answer), &got))
	command, _ := process(t, "fingerprint", "--json", "Knead the dough.")
	line, err := command.Output()
	require.NoError(t, err)
	var want struct {
		Key         string `json:"key"`
		Transitions int    `json:"transitions"`
	}
	require.NoError(t, json.Unmarshal(line, &want))
	assert.Equal(t, want.Key, got.Fingerprints[0].Key)
	assert.Equal(t, want.Transitions, got.Fingerprints[0].Transitions)

	status, _ = s.ask("PUT", "/v1/collections/bread", `{}`, "")
	assert.Equal(t, http.StatusCreated, status)
	status, _ = s.ask("PUT", "/v1/collections/bread/points", `{"points":[{"id":1,"text":"Knead the dough."},{"id":2,"text":"The train leaves at nine."}]}`, "")
	assert.Equal(t, http.StatusOK, status)
	status, answer = s.ask("POST", "/v1/collections/bread/search", `{"text":"Knead the dough.","k":1}`, "")
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, answer, `"id":1`)
	require.NoError(t, s.terminate())
	assert.DirExists(t, filepath.Join(state, "q2", "collections", "bread"))
}

// The model's files may go while the server runs, under load and with clients that give up: it has what it needs, no lease of the arena stays out. Started
// again it says which file is missing, and ends.
func TestServeWhoseModelIsRemoved(t *testing.T) {
	from, folder := needsModelFolder(t), t.TempDir()
	for _, name := range []string{cache.ModelFile, cache.TokenizerFile} {
		data, err := os.ReadFile(filepath.Join(from, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), data, 0o600))
	}
	data := t.TempDir()
	s := serve(t, "--model", folder, "--data", data, "--queue-timeout", "10m", "--handler-timeout", "10m") // a busy machine is not what this is about
	s.waitReady()
	const text = `{"texts":["Knead the dough."]}`
	status, first := s.ask("POST", "/v1/fingerprints", text, "")
	require.Equal(t, http.StatusOK, status, first)
	var answered atomic.Int64
	var stop atomic.Bool
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for !stop.Load() {
				status, answer := s.ask("POST", "/v1/fingerprints", text, "")
				if !assert.Equal(t, []any{http.StatusOK, first}, []any{status, answer}) {
					return
				}
				answered.Add(1)
			}
		})
		clients.Go(func() {
			for i := 0; !stop.Load(); i++ {
				s.giveUp(text, time.Duration(i%20)*time.Millisecond)
			}
		})
	}
	goesOn := func() {
		until := answered.Load() + 40
		require.Eventually(t, func() bool { return answered.Load() >= until || t.Failed() }, 60*time.Second, time.Millisecond)
	}
	goesOn()
	require.NoError(t, os.RemoveAll(folder))
	goesOn()
	stop.Store(true)
	clients.Wait()
	assert.Eventually(t, func() bool {
		_, metrics := s.ask("GET", "/metrics", "", "")
		return strings.Contains(metrics, "q2_arena_leases_in_use 0\n") && strings.Contains(metrics, "q2_http_requests_in_flight 1\n")
	}, 60*time.Second, time.Millisecond)
	require.NoError(t, s.terminate())

	command, stderr := process(t, "serve", "--listen", "127.0.0.1:0", "--model", folder, "--data", data)
	var exit *exec.ExitError
	require.ErrorAs(t, command.Run(), &exit)
	assert.Equal(t, 1, exit.ExitCode())
	assert.Equal(t, "q2: the model folder "+folder+" holds no "+cache.ModelFile+"\n", stderr.String())
}

// SIGHUP brings new keys while requests go on: none is lost, and what can't be read leaves the old keys.
func TestServeReloadsKeysUnderLoad(t *testing.T) {
	needsModelFolder(t)
	file := filepath.Join(t.TempDir(), "keys")
	write := func(text string) { require.NoError(t, os.WriteFile(file, []byte(text), 0o600)) }
	line := func(name, key string) string { return fmt.Sprintf("%s %x\n", name, sha256.Sum256([]byte(key))) }
	write(line("both", "k-both") + line("old", "k-old"))
	s := serve(t, "--data", t.TempDir(), "--keys", file)
	s.waitReady()
	var stop atomic.Bool
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for !stop.Load() {
				status, answer := s.ask("POST", "/v1/distance", `{"n":8,"a":"AAA=","b":["//8="]}`, "k-both")
				if !assert.Equal(t, http.StatusOK, status, answer) {
					return
				}
			}
		})
	}
	write(line("both", "k-both") + line("new", "k-new"))
	require.NoError(t, s.command.Process.Signal(syscall.SIGHUP))
	is := func(key string, want int) func() bool {
		return func() bool { status, _ := s.ask("GET", "/v1/model", "", key); return status == want }
	}
	require.Eventually(t, is("k-new", http.StatusOK), 30*time.Second, time.Millisecond)
	assert.True(t, is("k-old", http.StatusUnauthorized)())
	write("nonsense")
	require.NoError(t, s.command.Process.Signal(syscall.SIGHUP))
	require.Eventually(t, func() bool { return strings.Contains(s.log.String(), "reload failed") }, 30*time.Second, time.Millisecond)
	assert.True(t, is("k-new", http.StatusOK)())
	stop.Store(true)
	clients.Wait()
	require.NoError(t, s.terminate())
}

// What can't be served is said in one line, and the exit status is 1.
func TestServeRefuses(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	folder := t.TempDir()
	for _, name := range []string{"file", cache.ModelFile, cache.TokenizerFile} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), nil, 0o600))
	}
	t.Setenv("Q2_CACHE", filepath.Join(folder, "empty"))
	t.Setenv("Q2_SERVE_DATA", filepath.Join(folder, "data"))
	settings := filepath.Join(folder, "q2.yaml")
	require.NoError(t, os.WriteFile(settings, []byte("runs: 2\nqueue: -1\n"), 0o600))
	for args, want := range map[string]string{
		"":                     "the model folder " + filepath.Join(folder, "empty", "models", cache.DefaultModel) + " holds no model.onnx; `q2 setup` fetches it",
		"--model /nonexistent": "the model folder /nonexistent holds no model.onnx",
		"--config " + settings: "queue is -1, must be 1 to",
		"--model " + folder + " --data " + filepath.Join(folder, "file"): "data: mkdir " + filepath.Join(folder, "file"),
		"--model " + folder + " --listen " + taken.Addr().String():       "address already in use",
		"--listen 0.0.0.0:0":           "listen is \"0.0.0.0:0\", must be a loopback address",
		"--max-body 0":                 "max-body is 0, must be 1 to",
		"--keys /nonexistent/keys":     "keys: open /nonexistent/keys",
		"--tls-cert /nonexistent/cert": "tls-cert and tls-key",
	} {
		command, stderr := process(t, append([]string{"serve"}, strings.Fields(args)...)...)
		var exit *exec.ExitError
		require.ErrorAs(t, command.Run(), &exit, args)
		assert.Equal(t, 1, exit.ExitCode())
		assert.Contains(t, stderr.String(), want)
		assert.Equal(t, 1, strings.Count(stderr.String(), "\n"), stderr.String())
	}
}
