package cli

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/q2kernel/q2/gopkg/server"
	"github.com/q2kernel/q2/tools/q2/internal/trace"
)

type serveCommand struct {
	ConfigFile string `name:"config" placeholder:"FILE" help:"Read settings from this YAML file: the names of the flags, without the dashes in front."`
	server.Config
	strangers []string
}

func (*serveCommand) Help() string {
	return `Serves fingerprints, distances and collections that can be searched over HTTP, with a page at / and a description at /openapi.yaml. Without any flag it runs the model that q2 setup fetched and keeps its collections in a folder of the user's. Every flag can be set by the environment and by the file too, under the same name: --max-body, Q2_SERVE_MAX_BODY, max-body; a flag goes before the environment, and that before the file. SIGHUP reads keys and certificate again; SIGTERM answers what is in flight and stops. Traces go by OTLP over HTTP where the OTEL_ variables name an endpoint.

Examples:

    q2 serve
    q2 serve --listen :8042 --keys keys.txt --tls-cert c.pem --tls-key k.pem
    curl localhost:8042/v1/fingerprints --json '{"texts":["Knead the dough."]}'`
}

func (c *serveCommand) Run(s *streams) error {
	log, err := server.NewLog(s.err, c.Config)
	if err != nil {
		return err
	}
	for _, name := range c.strangers {
		log.Warn("no setting is named so; this variable is left alone", "variable", name)
	}
	parts := server.Parts{Log: log}
	if trace.Wanted() {
		wrap, flush, err := trace.Start(context.Background())
		if err != nil {
			return err
		}
		parts.Wrap = wrap
		defer flushTraces(flush, log)
	}
	service, err := server.New(c.Config, parts)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	defer onHangup(service.Reload)()
	return service.Run(ctx)
}

// flushTraces sends the last spans, for a bounded time.
func flushTraces(flush func(context.Context) error, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := flush(ctx); err != nil {
		log.Warn("the last traces were not sent", "error", err)
	}
}
