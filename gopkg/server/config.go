package server

import (
	"fmt"
	"math"
	"net"
	"time"

	"github.com/q2kernel/q2/gopkg/onnx"
)

// Config is all that can be set. Each field has one name in four spellings: MaxBody here, --max-body on the command line of `q2 serve`,
// Q2_SERVE_MAX_BODY in the environment and max-body in the configuration file. The tags are read by the command; Defaults gives what they say.
type Config struct {
	Listen string `group:"Where" default:"127.0.0.1:8042" help:"Listen here. Beyond loopback this needs API keys and TLS, or the flags that do without."`
	Model  string `group:"Where" placeholder:"DIR" help:"The model folder; by default the one that q2 setup fetched."`
	Data   string `group:"Where" placeholder:"DIR" help:"The folder of the collections; by default q2 in XDG_STATE_HOME or ~/.local/state."`
	Pprof  string `group:"Where" placeholder:"HOST:PORT" help:"Serve Go's profiles here, on loopback only; by default nowhere."`

	Keys           string   `group:"Access" placeholder:"FILE" help:"A file of API keys, a line each: a name and the SHA-256 of the key in hex. Read again on SIGHUP."`
	AllowAnonymous bool     `group:"Access" help:"Listen beyond loopback without API keys."`
	TLSCert        string   `name:"tls-cert" group:"Access" placeholder:"FILE" help:"The certificate chain in PEM. Read again on SIGHUP."`
	TLSKey         string   `name:"tls-key" group:"Access" placeholder:"FILE" help:"The certificate's private key in PEM."`
	AllowPlaintext bool     `group:"Access" help:"Listen beyond loopback without TLS, behind a proxy that has it."`
	CORSOrigin     []string `name:"cors-origin" group:"Access" placeholder:"ORIGIN" help:"Let pages from this origin call the service; may be repeated. By default none."`

	MaxBody        int64   `group:"Limits" default:"4194304" help:"A request's body, in bytes."`
	MaxStream      int64   `group:"Limits" default:"4294967296" help:"The body of a stream of rows, in bytes."`
	MaxTexts       int     `group:"Limits" default:"64" help:"Texts a request."`
	MaxTokens      int     `group:"Limits" default:"16384" help:"Tokens a request, of all its texts."`
	MaxPoints      int     `group:"Limits" default:"1000" help:"Points, ids or codes a request."`
	MaxCollections int     `group:"Limits" default:"100" help:"Collections. Each takes some memory and open files."`
	MaxK           int     `name:"max-k" group:"Limits" default:"1000" help:"Results a search."`
	Rate           float64 `group:"Limits" default:"0" help:"Requests a second for each client, a key or else an address; 0 is no limit."`
	Burst          int     `group:"Limits" default:"50" help:"Requests that a client may have saved up."`
	TokenRate      float64 `group:"Limits" default:"0" help:"Tokens a second for each client; 0 is no limit."`

	HeaderTimeout  time.Duration `group:"Time" default:"5s" help:"For a request's header."`
	BodyTimeout    time.Duration `group:"Time" default:"10s" help:"For a request's body, beside what it takes at the least rate."`
	MinRate        int64         `group:"Time" default:"16384" help:"The least rate of a body, in bytes a second."`
	QueueTimeout   time.Duration `group:"Time" default:"10s" help:"For an answer of the model or of a scan, with the wait for a turn."`
	HandlerTimeout time.Duration `group:"Time" default:"30s" help:"For a request in all, streams of rows excepted."`
	WriteTimeout   time.Duration `group:"Time" default:"10s" help:"For each write of an answer."`
	IdleTimeout    time.Duration `group:"Time" default:"2m" help:"For a connection without a request."`
	DrainTimeout   time.Duration `group:"Time" default:"20s" help:"For what is in flight when the server is told to stop."`

	Runs     int `group:"Model" default:"2" help:"Batches that the model runs at a time."`
	MaxBatch int `group:"Model" default:"0" help:"Texts of a batch; 0 is what the model takes."`
	Queue    int `group:"Model" default:"1024" help:"Texts that may wait for the model."`
	Threads  int `group:"Model" default:"0" help:"Threads of ONNX Runtime; 0 is one a processor."`
	Searches int `group:"Model" default:"0" help:"Scans that run at a time; 0 is one a processor. Searches that wait share scans; as many as Queue may wait."`

	LogFormat string `group:"Log" enum:"text,json" default:"text" placeholder:"FORMAT" help:"text or json."`
	LogLevel  string `group:"Log" enum:"debug,info,warn,error" default:"info" placeholder:"LEVEL" help:"debug, info, warn or error."`
	LogTexts  bool   `group:"Log" help:"Write the texts of requests into the log."`
}

// Most of what the limits may be set to.
const (
	mostBytes = 1 << 40
	mostCount = 1 << 20
	mostRuns  = 1024
	mostK     = 1 << 16
	mostTime  = 24 * time.Hour
)

// ConfigError is a setting that is out of range, by its name on the command line.
type ConfigError struct {
	Name, Value, Limit string
}

func (e *ConfigError) Error() string {
	return fmt.Sprintf("%s is %s, must be %s", e.Name, e.Value, e.Limit)
}

// Check says which setting is out of range, as a *ConfigError.
func (c Config) Check() error {
	for _, check := range []func() error{c.checkCounts, c.checkTimes, c.checkRates, c.checkWords, c.checkAccess, c.checkPprof} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (c Config) checkCounts() error {
	for _, v := range []struct {
		name              string
		value, low, limit int64
	}{
		{"max-body", c.MaxBody, 1, 1 << 30}, {"max-stream", c.MaxStream, 1, mostBytes}, {"max-texts", int64(c.MaxTexts), 1, mostCount},
		{"max-tokens", int64(c.MaxTokens), 1, math.MaxInt32}, {"max-points", int64(c.MaxPoints), 1, mostCount}, {"max-k", int64(c.MaxK), 1, mostK},
		{"max-collections", int64(c.MaxCollections), 1, mostCount},
		{"burst", int64(c.Burst), 1, mostCount}, {"min-rate", c.MinRate, 1, mostBytes}, {"runs", int64(c.Runs), 1, mostRuns},
		{"max-batch", int64(c.MaxBatch), 0, mostCount}, {"queue", int64(c.Queue), 1, mostCount}, {"threads", int64(c.Threads), 0, mostRuns},
		{"searches", int64(c.Searches), 0, mostRuns},
	} {
		if v.value < v.low || v.value > v.limit {
			return &ConfigError{v.name, fmt.Sprint(v.value), fmt.Sprintf("%d to %d", v.low, v.limit)}
		}
	}
	return nil
}

func (c Config) checkTimes() error {
	for _, v := range []struct {
		name  string
		value time.Duration
	}{
		{"header-timeout", c.HeaderTimeout}, {"body-timeout", c.BodyTimeout}, {"queue-timeout", c.QueueTimeout}, {"handler-timeout", c.HandlerTimeout},
		{"write-timeout", c.WriteTimeout}, {"idle-timeout", c.IdleTimeout}, {"drain-timeout", c.DrainTimeout},
	} {
		if v.value < time.Millisecond || v.value > mostTime {
			return &ConfigError{v.name, v.value.String(), "1ms to 24h"}
		}
	}
	return nil
}

func (c Config) checkRates() error {
	for name, value := range map[string]float64{"rate": c.Rate, "token-rate": c.TokenRate} {
		if !(value >= 0 && value <= 1e9) {
			return &ConfigError{name, fmt.Sprint(value), "0 to 1e9"}
		}
	}
	return nil
}

func (c Config) checkWords() error {
	if c.LogFormat != "text" && c.LogFormat != "json" {
		return &ConfigError{"log-format", fmt.Sprintf("%q", c.LogFormat), "text or json"}
	}
	if _, err := level(c.LogLevel); err != nil {
		return err
	}
	for _, origin := range c.CORSOrigin {
		if err := checkOrigin(origin); err != nil {
			return err
		}
	}
	return nil
}

// checkAccess holds the server to loopback unless keys and TLS are there or are done without by name.
func (c Config) checkAccess() error {
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return &ConfigError{"tls-cert and tls-key", fmt.Sprintf("%q and %q", c.TLSCert, c.TLSKey), "set both or neither"}
	}
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return &ConfigError{"listen", fmt.Sprintf("%q", c.Listen), "HOST:PORT"}
	}
	if loopback(host) {
		return nil
	}
	if c.Keys == "" && !c.AllowAnonymous {
		return &ConfigError{"listen", fmt.Sprintf("%q", c.Listen), "a loopback address, as there are no API keys (--keys FILE, or --allow-anonymous)"}
	}
	if c.TLSCert == "" && !c.AllowPlaintext {
		return &ConfigError{"listen", fmt.Sprintf("%q", c.Listen), "a loopback address, as there is no TLS (--tls-cert and --tls-key, or --allow-plaintext behind a proxy)"}
	}
	return nil
}

func (c Config) checkPprof() error {
	if c.Pprof == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(c.Pprof)
	if err != nil || !loopback(host) {
		return &ConfigError{"pprof", fmt.Sprintf("%q", c.Pprof), "HOST:PORT on loopback"}
	}
	return nil
}

// loopback says whether a host in an address can be reached from this machine only. A name other than localhost is not looked up.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// onnxOptions are how the model is opened.
func (c Config) onnxOptions() onnx.Options {
	return onnx.Options{ParallelRuns: c.Runs, IntraOpThreads: c.Threads}
}
