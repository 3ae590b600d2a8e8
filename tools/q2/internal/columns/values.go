package columns

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/q2kernel/q2/gopkg/q2"
)

// elementDtype maps Arrow's element types to ours.
func elementDtype(element arrow.DataType) (q2.Dtype, error) {
	switch element.ID() {
	case arrow.FLOAT32:
		return q2.FP32, nil
	case arrow.FLOAT16:
		return q2.FP16, nil
	case arrow.INT8:
		return q2.Q8, nil
	}
	return 0, fmt.Errorf("elements of type %s are not supported: float32 (fp32), float16 (fp16) and int8 (q8) are", element)
}

// values are count rows of the record from row at on, in the buffer that Arrow holds them in. Lists lie one after another there,
// so only their lengths and nulls have to be looked at.
func (r *Reader) values(at, count int) ([]byte, error) {
	rows := r.rows()
	for i := at; i < at+count; i++ {
		if rows.IsNull(i) {
			return nil, r.null(i)
		}
		if start, end := rows.ValueOffsets(i); end-start != int64(r.N) {
			return nil, fmt.Errorf("row %d (counted from 0) has %d elements, row 0 has %d: all rows need as many", r.number(i), end-start, r.N)
		}
	}
	elements := rows.ListValues()
	start, _ := rows.ValueOffsets(at)
	if err := r.checkElements(elements, start, count); err != nil {
		return nil, err
	}
	width := int64(r.Dtype.RowBytes(1))
	start = (start + int64(elements.Data().Offset())) * width
	size := int64(count) * int64(r.N) * width
	buffer := elements.Data().Buffers()[1].Bytes()
	if start+size > int64(len(buffer)) {
		return nil, fmt.Errorf("the file is damaged: row %d (counted from 0) ends after its buffer's %d bytes", r.number(at+count-1), len(buffer))
	}
	return buffer[start : start+size], nil
}

// checkElements refuses rows with a null among their elements.
func (r *Reader) checkElements(elements arrow.Array, start int64, count int) error {
	if elements.NullN() == 0 {
		return nil
	}
	for i := range int64(count) * int64(r.N) {
		if elements.IsNull(int(start + i)) {
			return fmt.Errorf("row %d (counted from 0) holds a null, its element %d: every element needs a value", r.number(r.at+int(i)/r.N), int(i)%r.N)
		}
	}
	return nil
}

func (r *Reader) null(i int) error {
	return fmt.Errorf("row %d (counted from 0) is null: every row needs values", r.number(i))
}

// number of a record's row in the file.
func (r *Reader) number(i int) int64 { return r.first + int64(i) }

// isList says whether rows can be taken from a column: its lists lie one after another.
func isList(t arrow.DataType) bool {
	switch t.ID() {
	case arrow.FIXED_SIZE_LIST, arrow.LIST, arrow.LARGE_LIST:
		return true
	}
	return false
}
