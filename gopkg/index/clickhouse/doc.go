// Package clickhouse keeps codes in ClickHouse: an index that outgrows one machine moves there with the same bytes, and finds
// the same neighbours.
//
//	conn, err := clickhouse.Open(&clickhouse.Options{Addr: []string{"localhost:9000"}}) // of clickhouse-go
//	...
//	table, err := q2clickhouse.Create(ctx, conn, q2clickhouse.Options{Name: "codes", N: 384})
//	...
//	err = table.Insert(ctx, rows)
//	matches, err := table.Search(ctx, query, 10, q2clickhouse.Lee)
//
// # The table
//
// A row is an id, a code as FixedString(ceil(n/4)), its transition key as UInt64, its transitions, and a payload. Rows are sorted by key,
// then id: equal keys lie together, and a range of keys is a range of the primary key. With Options.Cluster rows are spread
// over the shards of a cluster by cityHash64(id), each shard keeps a table of that form, and a Distributed table stands before
// them.
//
// # Search
//
// Search is exact: a scan of all codes, on all shards at once. Lee distance is bitHammingDistance. L1, in which A and D are 3
// apart and not 1, is that and 2 more for each dimension in which one code has A and the other D: those whose bits differ in the high one
// and are clear in both low ones. Matches are ordered by distance, then id, as everywhere in Q².
//
// # Rows that change
//
// Insert appends. A row whose id is there already is there twice afterwards: Delete it first.
package clickhouse
