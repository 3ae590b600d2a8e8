package cli

import (
	"reflect"

	"github.com/alecthomas/kong"

	"github.com/q2kernel/q2/gopkg/q2"
)

var dtypeType = reflect.TypeFor[*q2.Dtype]()

// dtypeMapper reads --dtype.
type dtypeMapper struct{}

func (dtypeMapper) Decode(ctx *kong.DecodeContext, target reflect.Value) error {
	var name string
	if err := ctx.Scan.PopValueInto("dtype", &name); err != nil {
		return err
	}
	dtype, err := q2.ParseDtype(name)
	if err != nil {
		return err
	}
	target.Set(reflect.ValueOf(&dtype))
	return nil
}
