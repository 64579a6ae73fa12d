package format

import (
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// writeArrow writes the streaming form of Arrow IPC.
func writeArrow(w io.Writer, s Sheet) error {
	var out *ipc.Writer
	err := eachBatch(s, func(schema *arrow.Schema) (func(arrow.RecordBatch) error, error) {
		out = ipc.NewWriter(w, ipc.WithSchema(schema))
		return out.Write, nil
	})
	if err = errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("writing Arrow: %w", err)
	}
	return nil
}

// groupRows is how many rows a row group of Parquet holds, which the writer keeps until
// the group is whole.
const groupRows = 128 << 10

// writeParquet writes a Parquet file; what it says of itself stands in its key-value
// metadata.
func writeParquet(w io.Writer, s Sheet) error {
	var out *pqarrow.FileWriter
	err := eachBatch(s, func(schema *arrow.Schema) (func(arrow.RecordBatch) error, error) {
		properties := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd), parquet.WithCreatedBy("Khuê"), parquet.WithMaxRowGroupLength(groupRows))
		var err error
		out, err = pqarrow.NewFileWriter(schema, unclosed{w}, properties, pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
		if err != nil {
			return nil, err
		}
		about := schema.Metadata()
		for i, key := range about.Keys() {
			if err := out.AppendKeyValueMetadata(key, about.Values()[i]); err != nil {
				return nil, err
			}
		}
		return out.WriteBuffered, nil
	})
	if out != nil {
		err = errors.Join(err, out.Close())
	}
	if err != nil {
		return fmt.Errorf("writing Parquet: %w", err)
	}
	return nil
}

// unclosed keeps a writer open that is its caller's to close.
type unclosed struct{ io.Writer }
