// Package server makes fingerprints, distances and search a service over HTTP and JSON. openapi.yaml describes every route, and a test holds
// it against the running server.
//
//	s, err := server.New(server.Config{Listen: "127.0.0.1:8042"}, server.Parts{Model: model, Store: store})
//	...
//	err = s.Run(ctx) // until the context ends and what was in flight is answered
//
// # Limits
//
// Everything that a client sends is bounded before it costs anything: the body in bytes and in bytes a second, the depth of JSON, texts,
// tokens, points and results a request, requests and tokens a second and client, and what waits for the model or for a scan. A broken limit
// is a 4xx as problem+json (RFC 9457) that names the field, its value and the limit; a full queue is 429 with Retry-After. Every phase has an
// end: the header, the body, the queue, the handler, each write, idling, draining.
//
// # What leaves the server
//
// Codes, keys and distances; an activation only where a request asks for it. No error names a path, a key or a line of code: what went wrong
// inside is in the log, under the id that the answer carries. The log holds no texts unless Config.LogTexts is set.
package server
