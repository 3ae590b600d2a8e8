package server

import (
	"fmt"
	"io"
	"log/slog"
)

// NewLog writes lines as the configuration wants them.
func NewLog(w io.Writer, c Config) (*slog.Logger, error) {
	l, err := level(c.LogLevel)
	if err != nil {
		return nil, err
	}
	options := &slog.HandlerOptions{Level: l}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options)), nil
	}
	return slog.New(slog.NewTextHandler(w, options)), nil
}

func level(name string) (l slog.Level, err error) {
	switch name {
	case "debug":
		return slog.LevelDebug, nil
	case "info":
		return slog.LevelInfo, nil
	case "warn":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	}
	return l, &ConfigError{"log-level", fmt.Sprintf("%q", name), "debug, info, warn or error"}
}
