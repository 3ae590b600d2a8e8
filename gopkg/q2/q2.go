package q2

// Quantise is Kernel.Quantise of the default kernel. It fails also as Default does.
func Quantise(packed []byte, t Tensor) (TransitionKey, error) {
	k, err := Default()
	if err != nil {
		return TransitionKey{}, err
	}
	return k.Quantise(packed, t)
}

// QuantiseRows is Kernel.QuantiseRows of the default kernel. It fails also as Default does.
func QuantiseRows(dst RowResults, rows Rows) error {
	k, err := Default()
	if err != nil {
		return err
	}
	return k.QuantiseRows(dst, rows)
}

// Key is Kernel.Key of the default kernel. It fails also as Default does.
func Key(packed []byte, n int) (TransitionKey, error) {
	k, err := Default()
	if err != nil {
		return TransitionKey{}, err
	}
	return k.Key(packed, n)
}

// LeeDistance is Kernel.LeeDistance of the default kernel. It fails also as Default does.
func LeeDistance(a, b []byte, n int) (int, error) {
	k, err := Default()
	if err != nil {
		return 0, err
	}
	return k.LeeDistance(a, b, n)
}

// LeeDistances is Kernel.LeeDistances of the default kernel. It fails also as Default does.
func LeeDistances(distances []uint32, query []byte, codes Codes) error {
	k, err := Default()
	if err != nil {
		return err
	}
	return k.LeeDistances(distances, query, codes)
}

// LeeNearest is Kernel.LeeNearest of the default kernel. It fails also as Default does.
func LeeNearest(ids []uint64, distances []uint32, query []byte, codes Codes) (found int, err error) {
	k, err := Default()
	if err != nil {
		return 0, err
	}
	return k.LeeNearest(ids, distances, query, codes)
}

// LeeNearestMany is Kernel.LeeNearestMany of the default kernel. It fails also as Default does.
func LeeNearestMany(ids []uint64, distances []uint32, perQuery int, queries, codes Codes) (found int, err error) {
	k, err := Default()
	if err != nil {
		return 0, err
	}
	return k.LeeNearestMany(ids, distances, perQuery, queries, codes)
}

// L1Distance is Kernel.L1Distance of the default kernel. It fails also as Default does.
func L1Distance(a, b []byte, n int) (int, error) {
	k, err := Default()
	if err != nil {
		return 0, err
	}
	return k.L1Distance(a, b, n)
}

// L1Distances is Kernel.L1Distances of the default kernel. It fails also as Default does.
func L1Distances(distances []uint32, query []byte, codes Codes) error {
	k, err := Default()
	if err != nil {
		return err
	}
	return k.L1Distances(distances, query, codes)
}

// L1Nearest is Kernel.L1Nearest of the default kernel. It fails also as Default does.
func L1Nearest(ids []uint64, distances []uint32, query []byte, codes Codes) (found int, err error) {
	k, err := Default()
	if err != nil {
		return 0, err
	}
	return k.L1Nearest(ids, distances, query, codes)
}

// L1NearestMany is Kernel.L1NearestMany of the default kernel. It fails also as Default does.
func L1NearestMany(ids []uint64, distances []uint32, perQuery int, queries, codes Codes) (found int, err error) {
	k, err := Default()
	if err != nil {
		return 0, err
	}
	return k.L1NearestMany(ids, distances, perQuery, queries, codes)
}

// CodeDot is Kernel.CodeDot of the default kernel. It fails also as Default does.
func CodeDot(a, b []byte, n int) (float32, error) {
	k, err := Default()
	if err != nil {
		return 0, err
	}
	return k.CodeDot(a, b, n)
}

// CodeDotScores is Kernel.CodeDotScores of the default kernel. It fails also as Default does.
func CodeDotScores(scores []float32, query []byte, codes Codes) error {
	k, err := Default()
	if err != nil {
		return err
	}
	return k.CodeDotScores(scores, query, codes)
}

// CodeDotNearest is Kernel.CodeDotNearest of the default kernel. It fails also as Default does.
func CodeDotNearest(ids []uint64, scores []float32, query []byte, codes Codes) (found int, err error) {
	k, err := Default()
	if err != nil {
		return 0, err
	}
	return k.CodeDotNearest(ids, scores, query, codes)
}

// CodeDotNearestMany is Kernel.CodeDotNearestMany of the default kernel. It fails also as Default does.
func CodeDotNearestMany(ids []uint64, scores []float32, perQuery int, queries, codes Codes) (found int, err error) {
	k, err := Default()
	if err != nil {
		return 0, err
	}
	return k.CodeDotNearestMany(ids, scores, perQuery, queries, codes)
}

// DotQuery is Kernel.DotQuery of the default kernel. It fails also as Default does.
func DotQuery(dst []int8, x []float32) error {
	k, err := Default()
	if err != nil {
		return err
	}
	return k.DotQuery(dst, x)
}

// Dot is Kernel.Dot of the default kernel. It fails also as Default does.
func Dot(query []int8, code []byte, n int) (float32, error) {
	k, err := Default()
	if err != nil {
		return 0, err
	}
	return k.Dot(query, code, n)
}

// DotScores is Kernel.DotScores of the default kernel. It fails also as Default does.
func DotScores(scores []float32, query []int8, codes Codes) error {
	k, err := Default()
	if err != nil {
		return err
	}
	return k.DotScores(scores, query, codes)
}

// DotNearest is Kernel.DotNearest of the default kernel. It fails also as Default does.
func DotNearest(ids []uint64, scores []float32, query []int8, codes Codes) (found int, err error) {
	k, err := Default()
	if err != nil {
		return 0, err
	}
	return k.DotNearest(ids, scores, query, codes)
}

// DotNearestMany is Kernel.DotNearestMany of the default kernel. It fails also as Default does.
func DotNearestMany(ids []uint64, scores []float32, perQuery int, queries DotQueries, codes Codes) (found int, err error) {
	k, err := Default()
	if err != nil {
		return 0, err
	}
	return k.DotNearestMany(ids, scores, perQuery, queries, codes)
}
