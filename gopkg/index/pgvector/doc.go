// Package pgvector keeps codes in PostgreSQL with the extension pgvector: for those whose data lie there already. It finds the same neighbours
// as the embedded index.
//
//	conn, err := pgx.Connect(ctx, "postgres://…")
//	...
//	table, err := pgvector.Create(ctx, conn, pgvector.Options{Name: "codes", N: 384})
//	...
//	err = table.Insert(ctx, rows)
//	matches, err := table.Search(ctx, query, 10, pgvector.Lee)
//
// # The table
//
// A row is an id, a code as bit(2n), its transition key, its transitions, and a payload. PostgreSQL has no unsigned integers of 64 bits: id and key
// are stored as the bigint of the same order, value XOR 2^63 (Signed and Unsigned convert). The primary key is the id, and an index on
// (key, id) answers ranges of keys.
//
// # Search
//
// Search is exact: a scan of all codes. Lee distance is pgvector's <~>; L1, in which A and D are 3 apart and not 1, is that and 2 more for each
// dimension in which one code has A and the other D. Options.HNSW makes an approximate index of codes, which SearchApproximate uses; it takes codes of
// up to 32 000 dimensions. Small integer distances have many ties, and over many equal distances an HNSW index may miss even exact duplicates
// (pgvector's issue 972): use it where the corpus is too large for a scan, and check its recall on your own data.
package pgvector
