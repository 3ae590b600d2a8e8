package graph

// product describes an operator that multiplies an activation by a weight.
type product struct {
	activation, weight int      // which inputs they are
	weightTransposed   string   // attribute that says the weight is [vocabulary, n]; "" when there is none
	flips              []string // attributes that turn the activation round; with any of them it is not a row per token
	flat               bool     // the activation and the result are matrices
	widths             bool     // K and N are attributes, since the weight is packed
	result             ElemType // element type of the result; Unknown: the activation's
}

var products = map[string]product{
	"MatMul":                            {activation: 0, weight: 1},
	"Gemm":                              {activation: 0, weight: 1, weightTransposed: "transB", flips: []string{"transA"}, flat: true},
	"MatMulInteger":                     {activation: 0, weight: 1, result: Int32},
	"QLinearMatMul":                     {activation: 0, weight: 3},
	microsoft + "FusedMatMul":           {activation: 0, weight: 1, weightTransposed: "transB", flips: []string{"transA", "transBatchA", "transBatchB"}},
	microsoft + "FusedGemm":             {activation: 0, weight: 1, weightTransposed: "transB", flips: []string{"transA"}, flat: true},
	microsoft + "MatMulNBits":           {activation: 0, weight: 1, widths: true},
	microsoft + "MatMulBnb4":            {activation: 0, weight: 1, widths: true},
	microsoft + "MatMulIntegerToFloat":  {activation: 0, weight: 1, result: Float32},
	microsoft + "DynamicQuantizeMatMul": {activation: 0, weight: 1, result: Float32},
}

// size returns the product's inner and outer width: n and the vocabulary of a head.
func (p product) size(n *node, in []fact) (inner, outer Dim) {
	if p.widths {
		return sized(n.number("K", -1)), sized(n.number("N", -1))
	}
	w := at(in, p.weight).shape
	if len(w) != 2 {
		return unknownDim, unknownDim
	}
	if p.weightTransposed != "" && n.number(p.weightTransposed, 0) != 0 {
		return w[1], w[0]
	}
	return w[0], w[1]
}

// activationElem is the activation's element type as the weight tells it: the two are equal unless the weight is quantised, and then its scales have it.
func (p product) activationElem(in []fact) ElemType {
	w := at(in, p.weight).elem
	switch {
	case p.widths:
		return at(in, 2).elem
	case p.result != Unknown || w == Int8 || w == Uint8:
		return Unknown
	}
	return w
}

// turned returns the attribute that turns the activation round, if one does.
func (p product) turned(n *node) string {
	for _, name := range p.flips {
		if n.number(name, 0) != 0 {
			return name
		}
	}
	return ""
}

func productRule(n *node, in []fact) []fact {
	p := products[n.kind()]
	x := at(in, p.activation)
	elem := p.result
	if elem == Unknown {
		elem = x.elem
	}
	if n.op == "QLinearMatMul" {
		elem = at(in, 7).elem
	}
	inner, outer := p.size(n, in)
	switch {
	case p.flat:
		return one(elem, Shape{unknownDim, outer})
	case len(x.shape) < 2 || p.turned(n) != "":
		return one(elem, nil)
	case inner == unknownDim:
		return one(elem, stacked(x.shape, at(in, p.weight).shape))
	}
	return one(elem, append(append(Shape{}, x.shape[:len(x.shape)-1]...), outer))
}

// stacked is the shape of a product of two stacks of matrices, as attention has them: only its rank is followed.
func stacked(a, b Shape) Shape {
	if len(a) < 2 || len(b) < 2 {
		return nil
	}
	if len(b) > len(a) {
		a = b
	}
	return forgotten(a)
}
