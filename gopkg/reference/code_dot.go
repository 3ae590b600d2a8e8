package reference

// CodeDot is the score of code a against code b of n dimensions, divided by b's norm (section 10). Bits beyond n are ignored.
// It fails with ErrArgument.
func CodeDot(a, b []byte, n int) (float32, error) {
	if err := checkPair(a, b, n); err != nil {
		return 0, err
	}
	return scoreQuery{code: a}.score(b, n), nil
}

// CodeDotScores writes the score of query against each of count codes, stride bytes apart. It fails with ErrArgument.
func CodeDotScores(scores []float32, query, codes []byte, stride, count, n int) error {
	if err := checkCodes(query, codes, stride, count, n); err != nil {
		return err
	}
	if len(scores) < count {
		return short("scores", len(scores), count)
	}
	scoreQuery{code: query}.many(scores, codes, stride, count, n)
	return nil
}

// CodeDotNearest finds the k = len(ids) codes that score highest against query: the scores descending, of equal ones the lower
// index first. In all else it is LeeNearest.
func CodeDotNearest(ids []uint64, scores []float32, query, codes []byte, stride, count, n int) (found int, err error) {
	if err := checkCodes(query, codes, stride, count, n); err != nil {
		return 0, err
	}
	if err := checkResults(len(ids), len(ids), len(scores), "scores"); err != nil {
		return 0, err
	}
	return scoreQuery{code: query}.nearest(ids, scores, codes, stride, count, n), nil
}

// CodeDotNearestMany is CodeDotNearest for queryCount queries, queryStride bytes apart: what is nearest to query i goes to
// elements i·k to i·k + found of ids and scores. It fails with ErrArgument.
func CodeDotNearestMany(ids []uint64, scores []float32, k int, queries []byte, queryStride, queryCount int,
	codes []byte, stride, count, n int) (found int, err error) {
	if err := checkDim(n); err != nil {
		return 0, err
	}
	if err := checkMany(len(ids), len(scores), "scores", k, len(queries), queryStride, queryCount, packedLen(n)); err != nil {
		return 0, err
	}
	if err := checkStrided("codes", len(codes), stride, count, packedLen(n)); err != nil {
		return 0, err
	}
	for q := range queryCount {
		scoreQuery{code: queries[q*queryStride:]}.nearest(ids[q*k:][:k], scores[q*k:][:k], codes, stride, count, n)
	}
	return min(k, count), nil
}
