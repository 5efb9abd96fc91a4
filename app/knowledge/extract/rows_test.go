package extract_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	unicodes "golang.org/x/text/encoding/unicode"

	"islet/app/knowledge/extract"
)

func TestRows_areTheSameInEveryEncodingAndDelimiter(t *testing.T) {
	want := [][]string{{"姓名", "金额", "备注"}, {"陈启明", "300", "a,b;c\td"}, {"欧阳", "", "两\n行"}}
	comma := "姓名,金额,备注\r\n陈启明,300,\"a,b;c\td\"\r\n\r\n欧阳,,\"两\n行\"\r\n"
	semi := "姓名;金额;备注\n陈启明;300;\"a,b;c\td\"\n欧阳;;\"两\n行\"\n"
	tab := "姓名\t金额\t备注\n陈启明\t300\t\"a,b;c\td\"\n欧阳\t\t\"两\n行\"\n"
	coded := func(e encoding.Encoding, s string) []byte {
		b, err := e.NewEncoder().Bytes([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	f := excelize.NewFile()
	for i, row := range want {
		for j, v := range row {
			cell, _ := excelize.CoordinatesToCellName(j+1, i+1)
			if err := f.SetCellStr("Sheet1", cell, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	var sheet bytes.Buffer
	if err := f.Write(&sheet); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"utf8": []byte(comma), "bom": []byte("\xEF\xBB\xBF" + comma), "gb18030": coded(simplifiedchinese.GB18030, comma), "gbk, semicolons": coded(simplifiedchinese.GBK, semi),
		"utf16le": coded(unicodes.UTF16(unicodes.LittleEndian, unicodes.UseBOM), tab), "utf16be": coded(unicodes.UTF16(unicodes.BigEndian, unicodes.UseBOM), comma),
		"tabs": []byte(tab), "xlsx": sheet.Bytes(),
	} {
		raw, err := extract.Text("x."+extract.RowsFormat, "", b)
		var got [][]string
		if err == nil {
			err = json.Unmarshal([]byte(raw), &got)
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
