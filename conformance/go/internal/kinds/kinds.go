// Package kinds makes columns of every kind that a data frame can hold. A value depends on
// its row and its column only, so that the same request always gets the same bytes and a
// plugin in another language can make the same table.
package kinds

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// Epoch is where made-up times start: 2024-01-01 00:00:00 UTC.
var Epoch = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// Column is one field of the named kind; "?kind" is its nullable form, where every
// third value is null. A kind that does not exist becomes string.
func Column(kind string, c, rows int) *data.Field {
	nullable := kind != "" && kind[0] == '?'
	if nullable {
		kind = kind[1:]
	}
	fieldType, ok := data.FieldTypeFromItemTypeString(kind)
	if !ok {
		fieldType = data.FieldTypeString
	}
	if nullable {
		fieldType = fieldType.NullableType()
	}
	f := data.NewFieldFromFieldType(fieldType, rows)
	f.Name = fmt.Sprintf("%s_%d", kind, c)
	for i := 0; i < rows; i++ {
		if nullable && i%3 == 2 {
			continue
		}
		f.SetConcrete(i, cell(fieldType.NonNullableType(), i, c))
	}
	return f
}

func cell(t data.FieldType, i, c int) any {
	n := i*10 + c
	switch t {
	case data.FieldTypeInt8:
		return int8(n - 50)
	case data.FieldTypeInt16:
		return int16(n - 500)
	case data.FieldTypeInt32:
		return int32(n - 70000)
	case data.FieldTypeInt64:
		return int64(n) + 9007199254740993 // beyond what a double can hold
	case data.FieldTypeUint8:
		return uint8(n)
	case data.FieldTypeUint16:
		return uint16(n)
	case data.FieldTypeUint32:
		return uint32(n) + 4000000000
	case data.FieldTypeUint64:
		return uint64(n) + 18446744073709551000
	case data.FieldTypeFloat32:
		return float32(n) + 0.1
	case data.FieldTypeFloat64:
		return float64(n) + 0.25
	case data.FieldTypeBool:
		return n%2 == 0
	case data.FieldTypeTime:
		return Epoch.Add(time.Duration(n) * time.Minute)
	case data.FieldTypeJSON:
		return json.RawMessage(fmt.Sprintf(`{"n":%d,"list":[1,"a",null]}`, n))
	case data.FieldTypeEnum:
		return data.EnumItemIndex(n % 3)
	default:
		return fmt.Sprintf("row %d <%d>", i, c)
	}
}
