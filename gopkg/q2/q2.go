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
