package pdf

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// hintTables hold the programs that the instructions of single letters call.
var hintTables = []string{"cvt ", "fpgm", "prep"}

// withInstructions gives a subset of a TrueType file the tables that its letters'
// instructions refer to. The subset keeps the instructions but not these tables,
// and readers that follow instructions then draw letters badly or not at all.
func withInstructions(subset, whole []byte) ([]byte, error) {
	tables, err := sfntTables(subset)
	if err != nil {
		return nil, err
	}
	all, err := sfntTables(whole)
	if err != nil {
		return nil, err
	}
	for _, tag := range hintTables {
		if t, ok := all[tag]; ok {
			tables[tag] = t
		}
	}
	return assemble(tables, subset[:4])
}

func sfntTables(file []byte) (map[string][]byte, error) {
	if len(file) < 12 {
		return nil, fmt.Errorf("a font file of %d bytes", len(file))
	}
	n := int(binary.BigEndian.Uint16(file[4:]))
	if len(file) < 12+16*n {
		return nil, fmt.Errorf("a font file that ends in its directory")
	}
	out := make(map[string][]byte, n)
	for i := range n {
		entry := file[12+16*i:]
		from, size := uint64(binary.BigEndian.Uint32(entry[8:])), uint64(binary.BigEndian.Uint32(entry[12:]))
		if from+size > uint64(len(file)) {
			return nil, fmt.Errorf("a font file that ends in its table %q", entry[:4])
		}
		out[string(entry[:4])] = file[from : from+size]
	}
	return out, nil
}

// assemble writes tables as a font file: a directory, then the tables, each at a
// multiple of four bytes, with their checksums.
func assemble(tables map[string][]byte, version []byte) ([]byte, error) {
	head := slices.Clone(tables["head"])
	if len(head) < 12 {
		return nil, fmt.Errorf("a font file without a head")
	}
	binary.BigEndian.PutUint32(head[8:], 0)
	tables["head"] = head
	tags := make([]string, 0, len(tables))
	for tag := range tables {
		tags = append(tags, tag)
	}
	slices.Sort(tags)

	out := slices.Clone(version)
	power, log := 1, 0
	for ; power*2 <= len(tags); power *= 2 {
		log++
	}
	for _, v := range []int{len(tags), 16 * power, log, 16 * (len(tags) - power)} {
		out = binary.BigEndian.AppendUint16(out, uint16(v))
	}
	at, headAt := 12+16*len(tags), 0
	for _, tag := range tags {
		if tag == "head" {
			headAt = at
		}
		out = append(out, tag...)
		for _, v := range []uint32{checksum(tables[tag]), uint32(at), uint32(len(tables[tag]))} {
			out = binary.BigEndian.AppendUint32(out, v)
		}
		at += (len(tables[tag]) + 3) &^ 3
	}
	for _, tag := range tags {
		out = append(out, tables[tag]...)
		out = append(out, make([]byte, (4-len(tables[tag])%4)%4)...)
	}
	binary.BigEndian.PutUint32(out[headAt+8:], 0xB1B0AFBA-checksum(out))
	return out, nil
}

// checksum is the sum of a table's bytes taken by four.
func checksum(table []byte) uint32 {
	var sum uint32
	for len(table) >= 4 {
		sum += binary.BigEndian.Uint32(table)
		table = table[4:]
	}
	var rest [4]byte
	copy(rest[:], table)
	return sum + binary.BigEndian.Uint32(rest[:])
}
