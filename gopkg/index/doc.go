// Package index keeps codes, keys and payloads on disk and finds the codes nearest to a query, exactly.
//
//	ix, err := index.Open(dir, index.Options{N: 384})
//	...
//	defer ix.Close()
//	err = ix.Upsert(index.Item{ID: 7, Activation: q2.Float32Row(hidden), Payload: []byte(`{"text":"Knead the dough."}`)})
//	hits, err := ix.Search(ctx, index.Query{Activation: q2.Float32Row(asked)}, 10, index.SearchOptions{})
//
// # What lies where
//
// The truth is a Pebble store in dir/store: of each id its code, key, transitions and payload, with Options.Vectors a vector, and an
// ordered list of keys. Searches read the scan array, in dir/scan: codes, keys and ids, 64-byte aligned and memory-mapped. It is derived from the
// truth, has a checksum for each block and a sequence number as a whole, and is made anew where it is absent, stale or damaged.
//
// # Order
//
// Nearest first, and of equally near ones the lower id first, always: the same data give the same hits, however they came in. Window, Prefix and
// Bucket go by key, then by id.
//
// SearchMany searches for many queries at once: each block of codes meets all of them while it is in the cache.
//
// # Reads and writes together
//
// A read sees one moment: all of every batch that was written before it began, and nothing of any later one. It waits for no write, and no write waits for
// it. Writes are seen once they are in the log; Upsert, Add and Delete return once it is on the disk (Options.Sync).
//
// Ids are numbers, 8 bytes beside each code. A name from elsewhere belongs in the payload.
//
// All methods may be called from many goroutines at once.
package index
