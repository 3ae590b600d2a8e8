package server_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/server"
)

// A full disk is 507 for writes; reads go on, nothing that was acknowledged is lost, and once there is room writes are taken again.
func TestAFullDisk(t *testing.T) {
	folder := smallDisk(t)
	data := func(c *server.Config) { c.Data = filepath.Join(folder, "data") }
	s := start(t, data, nil)
	require.Equal(t, http.StatusCreated, s.put("/v1/collections/points", `{"n":32}`).status)
	write := func(id uint64) int {
		body, _ := pointOf(id)
		return s.put("/v1/collections/points/points", `{"points":[`+body+`]}`).status
	}
	require.Equal(t, http.StatusOK, write(1))

	ballast := filepath.Join(folder, "ballast")
	fill(t, ballast)
	body, _ := pointOf(2)
	r := s.put("/v1/collections/points/points", `{"points":[`+body+`]}`)
	assert.Equal(t, http.StatusInsufficientStorage, r.status, r.body)
	assert.Equal(t, "disk_full", r.problem(t).Code)
	r = s.put("/v1/collections/more", `{}`)
	assert.Equal(t, http.StatusInsufficientStorage, r.status, r.body)
	check := func(ids ...int) {
		t.Helper()
		assert.JSONEq(t, fmt.Sprintf(`{"collections":[{"name":"points","n":32,"vectors":"none","points":%d}]}`, len(ids)), withoutBytes(s.get("/v1/collections").body))
		for _, id := range ids {
			assert.Equal(t, http.StatusOK, s.get(fmt.Sprintf("/v1/collections/points/points/%d", id)).status)
		}
		_, code := pointOf(1)
		f := decode[found](t, s.post("/v1/collections/points/search", `{"code":"`+code+`","ranking":"lee"}`))
		assert.Equal(t, uint64(1), f.ids()[0])
	}
	check(1)
	require.NoError(t, os.Remove(ballast))
	require.Equal(t, http.StatusOK, write(3))
	check(1, 3)
	s.stop()
	require.NoError(t, <-s.ended)
	s = start(t, data, nil)
	check(1, 3)
	s.stop()
	require.NoError(t, <-s.ended)
}

// The same under load: only writes feel it, each of them is done or refused as a whole, and a server that is started anew has all that were done.
func TestAFullDiskUnderLoad(t *testing.T) {
	folder := smallDisk(t)
	c := defaults(t)
	c.Data = filepath.Join(folder, "data")
	s := startChild(t, c)
	l := newLoad(t, s.service)
	var full atomic.Bool
	var refused atomic.Int64
	l.excused = func(what string, r reply, err error) bool {
		if err != nil || what != "write" || !full.Load() || r.status != http.StatusInsufficientStorage {
			return false
		}
		refused.Add(1)
		return r.problem(t).Code == "disk_full"
	}
	l.start()
	ballast := filepath.Join(folder, "ballast")
	l.during(func() {
		full.Store(true)
		fill(t, ballast)
		require.Eventually(t, func() bool { return refused.Load() > 20 }, eventually, tick)
		require.NoError(t, os.Remove(ballast))
		l.pauseBriefly() // whoever began while the disk was full has ended
		full.Store(false)
	})
	l.stop()
	t.Logf("%d writes refused", refused.Load())
	s.holds(l.acknowledged)
	s.kill()
	s = startChild(t, c)
	s.holds(l.acknowledged)
	assert.Equal(t, len(l.acknowledged), decode[struct {
		Points int `json:"points"`
	}](t, s.get("/v1/collections/written")).Points, "a write that was refused is not there")
}

// smallDisk is a folder on a file system of its own.
func smallDisk(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=256m"); err != nil {
		require.Empty(t, os.Getenv("Q2_REQUIRE_MOUNT"), "Q2_REQUIRE_MOUNT is set: %v", err)
		t.Skipf("NOT TESTED: needs the right to mount a tmpfs: %v", err)
	}
	t.Cleanup(func() { assert.NoError(t, syscall.Unmount(folder, syscall.MNT_DETACH)) })
	return folder
}

// fill writes a file until there is no room.
func fill(t *testing.T, path string) {
	t.Helper()
	file, err := os.Create(path)
	require.NoError(t, err)
	defer file.Close()
	chunk := strings.Repeat("x", 1<<20)
	for err == nil {
		_, err = file.WriteString(chunk)
	}
	require.ErrorIs(t, err, syscall.ENOSPC)
}
