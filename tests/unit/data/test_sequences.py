"""Readers of what people bring: right answers by hand, and one sentence for each way to be wrong."""

import bz2
import gzip
import lzma
import os
import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from expact_utils.data import sequence_tables, sequences
from expact_utils.data.regions import coordinates
from expact_utils.run.errors import InputError

GOOD = b">one first\nACGT\nAC\n>two\nGGTTA\n"


def write(folder, content, name="a.fa"):
    path = folder / name
    path.write_bytes(content)
    return path


def texts(records):
    starts = records.ends - records.lengths
    return [records.letters[a:b].tobytes().decode() for a, b in zip(starts, records.ends, strict=True)]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (GOOD, "a.fa"),
        (gzip.compress(GOOD, mtime=0), "a.fa.gz"),
        (gzip.compress(GOOD, mtime=0), "named_as_it_is_not.fa"),
        (GOOD, "named_as_it_is_not.fa.gz"),
        (GOOD.replace(b"\n", b"\r\n"), "windows.fa"),
        (b"\xef\xbb\xbf" + GOOD, "byte_order_mark.fa"),
        (GOOD.lower().replace(b"\n", b"\n\n"), "blank_lines_and_lower_case.fa"),
        (GOOD.strip(), "no_last_line_end.fa"),
    ],
)
def test_the_same_records_however_they_were_written(tmp_path, content, name):
    records = sequences.read_fasta(write(tmp_path, content, name))
    assert records.ids == ["one", "two"]
    assert texts(records) == ["ACGTAC", "GGTTA"]
    assert records.lengths.tolist() == [6, 5]
    assert records.notes == []


def test_rna_and_iupac_codes_are_translated_and_noted(tmp_path):
    records = sequences.read_fasta(write(tmp_path, b">a\nACGUuRyn\n"))
    assert texts(records) == ["ACGTTNNN"]
    first, second = records.notes
    assert first.endswith("a.fa: 2 U taken for T (RNA)")
    assert second.endswith("a.fa: 2 letters for several bases (IUPAC) taken for N")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "a.fa holds no sequence"),
        (b"\n\n", "a.fa holds no sequence"),
        (b">one\n", "line 1: one has no sequence"),
        (b">one\n>two\nACGT\n", "line 1: one has no sequence"),
        (b">one\nACGT\n>two\n\n", "line 3: two has no sequence"),
        (b">\nACGT\n", "line 1: the header has no name"),
        (b"ACGT\n", "line 1: expected a FASTA header, which starts with '>'"),
        (b"@one\nACGT\nIIII\n", "line 1: expected four lines of FASTQ"),
        (b">p\nACG\xc2\xa0T\n", r"line 2, column 4: '\\xa0' is no nucleotide .no-break space.\."),
        (b">p\nAC\xe2\x88\x92G\n", r"line 2, column 3: '\u2212' is no nucleotide .minus sign.\."),
        (b">p\nACG\xff\n", r"line 2, column 4: '\ufffd' is no nucleotide"),
        (b">p\nMKVLAAGE\n", r"line 2, column 4: 'L' is no nucleotide .a protein.."),
        (b">one\nACGT\n>two\nAC-GT\n", "line 4, column 3: '-' is no nucleotide"),
        (b">one\nACGT 12\n", "line 2, column 6: '1' is no nucleotide"),
        (b">one\nAC\x00GT\n", r"line 2, column 3: '.x00' is no nucleotide"),
        (b">\xff\xfe\nACGT\n", "line 1: the header is not text"),
        (bytes(range(256)), "line 1: expected a FASTA header"),
        (gzip.compress(GOOD * 1000, mtime=0)[:-20], "the gzip file is cut short or damaged"),
        (gzip.compress(GOOD, mtime=0)[:12], "the gzip file is cut short or damaged"),
        (b"\x1f\x8b no gzip at all", "the gzip file is cut short or damaged"),
        (b"\x1f\x8b", "the gzip file is cut short or damaged"),
        (bz2.compress(GOOD), "a.fa is packed by bzip2; expected it plain, or packed by gzip"),
        (lzma.compress(GOOD), "a.fa is packed by xz"),
        (b"PK\x03\x04 and so on", "a.fa is packed by zip"),
        (b"\x28\xb5\x2f\xfd and so on", "a.fa is packed by zstd"),
    ],
)
def test_a_bad_fasta_gets_one_sentence(tmp_path, content, sentence):
    with pytest.raises(InputError, match=sentence) as caught:
        sequences.read_fasta(write(tmp_path, content))
    assert str(caught.value).startswith(str(tmp_path / "a.fa"))
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match="cannot read .*absent.fa: No such file"):
        sequences.read_fasta(tmp_path / "absent.fa")
    with pytest.raises(InputError, match="cannot read .*: Is a directory"):
        sequences.read_fasta(tmp_path)


def test_a_huge_line_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sequences, "LONGEST_LINE", 1000)
    with pytest.raises(InputError, match="a.fa, line 2 is longer than 1,000 bytes"):
        sequences.read_fasta(write(tmp_path, b">one\n" + b"A" * 2000))


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.fa")
    with pytest.raises(InputError, match="a.fa is a pipe or a device; expected a file"):
        sequences.read_fasta(tmp_path / "a.fa")


def test_records_are_bounded_not_only_their_letters(tmp_path, monkeypatch):
    monkeypatch.setattr(sequences, "MOST", 1000)
    most, more = b">a\nA\n" * 1000, b">a\nA\n" * 1001
    assert len(sequences.read_fasta(write(tmp_path, most))) == 1000
    with pytest.raises(InputError, match="a.fa holds more than 1,000 records"):
        sequences.read_fasta(write(tmp_path, more))
    with pytest.raises(InputError, match="a.csv holds more than 1,000 records"):
        sequence_tables.read_labels(write(tmp_path, b"id,y\n" + b"".join(b"%d,1\n" % i for i in range(1001)), "a.csv"))


@pytest.mark.parametrize(
    ("name", "ending"),
    [("a.fa", ".fa"), ("peaks.bed.FA.GZ", ".fa"), ("a.b.narrowPeak.gz", ".narrowpeak"), ("A.NPZ", ".npz"), ("a", "")],
)
def test_the_last_ending_counts(name, ending):
    assert sequences.ending(name) == ending


def test_a_gzip_bomb_is_refused_early(tmp_path, monkeypatch):
    monkeypatch.setattr(sequences, "ALWAYS_UNPACKED", 10**5)
    bomb = write(tmp_path, gzip.compress((b">x\n" + b"A" * 60 + b"\n") * 10**5))
    tracemalloc.start()
    with pytest.raises(InputError, match="a.fa unpacks to more than 100 times its size"):
        sequences.read_fasta(bomb)
    assert tracemalloc.get_traced_memory()[1] < 20e6
    tracemalloc.stop()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(
    st.one_of(st.binary(max_size=300), st.binary(max_size=200).map(gzip.compress), st.binary().map(lambda b: GOOD + b))
)
@example(b">a\n" + b"\r" * 10)
def test_any_bytes_give_records_or_one_sentence(tmp_path, content):
    path = write(tmp_path, content)
    for reader in (sequences.read_fasta, sequence_tables.read_table, sequence_tables.read_labels):
        try:
            read = reader(path)
        except InputError as error:
            assert str(path) in str(error)
            assert "\n" not in str(error)
        else:
            assert len(read) > 0


def test_cropped_and_padded_by_hand(tmp_path):
    records = sequences.read_fasta(write(tmp_path, b">a\nAACGTT\n>b\nG\n>c\nACGT\n"))
    rows = ["".join("ACGTN"[base] for base in row) for row in records.fitted(4)]
    assert rows == ["ACGT", "NGNN", "ACGT"]


def test_equal_lengths_need_no_fitting(tmp_path):
    records = sequences.read_fasta(write(tmp_path, b">a\nACGT\n>b\nNNGG\n"))
    np.testing.assert_array_equal(records.fitted(4), [[0, 1, 2, 3], [4, 4, 2, 2]])


TABLE = b"name\tsequence\tbound\nfirst\tACGT\t1\nsecond\tggcc\t0\n"


def test_a_table(tmp_path):
    for content, name in ((TABLE, "a.tsv"), (TABLE.replace(b"\t", b","), "a.csv"), (TABLE, "a.txt")):
        records = sequence_tables.read_table(write(tmp_path, content, name), id_column="name")
        assert records.ids == ["first", "second"]
        assert texts(records) == ["ACGT", "GGCC"]
        assert records.columns == {"bound": ["1", "0"]}
    for column, ids in (("id", ["first", "second"]), ("name", ["first", "second"]), ("other", ["1", "2"])):
        table = write(tmp_path, TABLE.replace(b"name", column.encode()))
        assert sequence_tables.read_table(table).ids == ids


def test_quoted_cells_and_packed_tables(tmp_path):
    content = gzip.compress(b'note,sequence\r\n"a, b",ACGT\r\n')
    records = sequence_tables.read_table(write(tmp_path, content, "a.csv.gz"))
    assert records.columns == {"note": ["a, b"]}


@pytest.mark.parametrize("separator", ["\t", ",", ";"])
def test_a_stray_quotation_mark_swallows_no_rows(tmp_path, separator):
    rows = [["name", "note", "y", "sequence"], *([f"s{i}", "5' and 3\"", "1", "ACGT"] for i in range(9))]

    def table(name):
        return write(tmp_path, "\n".join(map(separator.join, rows)).encode(), name)

    assert len(sequence_tables.read_table(table("a.txt"))) == len(sequence_tables.read_labels(table("a.txt"))) == 9
    for of in ('"5-prime', '"5-prime" UTR'):
        rows[4][1] = rows[8][1] = of  # where two of them could make one cell of four rows
        for read in (sequence_tables.read_table, sequence_tables.read_labels):
            with pytest.raises(
                InputError, match=r'b.txt, line 5: a quotation mark \("\) begins a cell and does not end'
            ):
                read(table("b.txt"))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty; expected a table with the column sequence"),
        (b"name\tdna\na\tACGT\n", "has no column sequence; its header has name, dna"),
        (b"sequence\tsequence\nACGT\tACGT\n", "has two columns sequence"),
        (b"sequence\tbound\n", "holds no sequence"),
        (b"sequence\tbound\nACGT\n", "line 2: 1 columns; the header has 2"),
        (b"sequence\tbound\nACGT\t1\t1\n", "line 2: 3 columns; the header has 2"),
        (b"sequence\tbound\n\t1\n", "line 2: 1 has no sequence"),
        (b"sequence\tbound\nACXT\t1\n", "line 2, column 3: 'X' is no nucleotide"),
        (b"sequence\n\xff\xfe\n", "line 2: not text"),
        (b"id\t\tsequence\n1\t\tACGT\n", "column 2 has no name; expected one in the header"),
        (b"id\tsequence\n\tACGT\n", "line 2: id is empty; expected a name"),
    ],
)
def test_a_bad_table_gets_one_sentence(tmp_path, content, sentence):
    with pytest.raises(InputError, match=sentence):
        sequence_tables.read_table(write(tmp_path, content, "a.tsv"))


@pytest.mark.parametrize(
    "content", [b",sequence,bound\n0,ACGT,1\n", b"sequence;bound\nACGT;1\n", b"sep=;\nsequence;bound\nACGT;1\n"]
)
def test_tables_as_pandas_and_spreadsheets_write_them(tmp_path, content):
    """A first column of row numbers, without a name; semicolons; and a line that says so."""
    records = sequence_tables.read_table(write(tmp_path, content, "a.csv"))
    assert (records.ids, records.columns) == (["1"], {"bound": ["1"]})


def test_places_of_a_table_go_into_the_names(tmp_path):
    content = b"chrom,start,end,seq,bound\nchr1,100,104,ACGT,1\nchr2,7,11,TTTT,0\n"
    records = sequence_tables.read_table(write(tmp_path, content, "a.csv"))
    assert (records.ids, list(records.columns)) == (["chr1:100-104", "chr2:7-11"], ["bound"])
    named = content.replace(b"chrom", b"id,chrom").replace(b"chr1", b"a,chr1").replace(b"chr2", b"b,chr2")
    records = sequence_tables.read_table(write(tmp_path, named, "b.csv"))
    assert records.ids == ["a::chr1:100-104", "b::chr2:7-11"]


def test_names_of_a_table_are_whole_cells(tmp_path):
    content = (
        b"name,chrom,start,end,sequence\npeak 1,chr1,100,104,ACGT\npeak_1,chr1,200,204,ACGT\n peak  2 ,chr1,1,5,ACGT\n"
    )
    records = sequence_tables.read_table(write(tmp_path, content, "a.csv"))
    assert records.ids == ["peak 1::chr1:100-104", "peak_1::chr1:200-204", "peak 2::chr1:1-5"]
    assert coordinates(records.ids[0]) == ("chr1", 100, 104, "+")


def test_places_as_tables_write_them(tmp_path):
    """Numbers with a point, as pandas writes them in a column with gaps; strands belong to the place."""
    content = (
        b"Chr,start,end,Strand,seq,y\nchr1,100.0,104.0,-,ACGT,1\nchr1,7,11,+,ACGT,0\nchr1,7,11,*,ACGT,0\n"
        b"chr1,9,13,-1,ACGT,0\n"
    )
    records = sequence_tables.read_table(write(tmp_path, content, "a.csv"))
    assert records.ids == ["chr1:100-104(-)", "chr1:7-11", "chr1:7-11", "chr1:9-13(-)"]
    assert (list(records.columns), records.notes) == (["y"], [])


def test_rows_without_a_place_are_counted(tmp_path):
    good = b"chrom\tstart\tend\tseq\ty\nchr1\t100\t104\tACGT\t1\n"
    odd = b"chr1\t1,100\t1,104\tACGT\t1\n\t\t\tACGT\t1\nchr1\t1.5\t9\tACGT\t1\nchr1\t9\t9\tACGT\t1\n"
    records = sequence_tables.read_table(write(tmp_path, good + odd, "a.tsv"))
    assert records.ids == ["chr1:100-104", "2", "3", "4", "5"]
    assert records.notes == [
        "a.tsv: 4 rows without a place, as chr1:1,100-1,104 in line 3; expected chromosome, start and end in digits, as "
        "BED has them"
    ]


def test_labels(tmp_path):
    labels = sequence_tables.read_labels(write(tmp_path, b"id\tfirst\tsecond\na\t1\t0\nb\t0\t1\n"))
    assert labels == {"a": {"first": "1", "second": "0"}, "b": {"first": "0", "second": "1"}}
    with pytest.raises(InputError, match="line 3: the ID a was in line 2 already"):
        sequence_tables.read_labels(write(tmp_path, b"id\tx\na\t1\na\t0\n"))
    with pytest.raises(InputError, match="has no row; expected a table of labels with the column id"):
        sequence_tables.read_labels(write(tmp_path, b"id\tx\n"))


@pytest.mark.parametrize(
    ("header", "named", "column"),
    [("id,y", "", "id"), ("ID,y", "", "ID"), ("Name,y", "", "Name"), ("name,id", "", "id"), ("peak,y", "peak", "peak")],
)
def test_the_names_of_labels_are_in_a_column_of_several_names(tmp_path, header, named, column):
    path = write(tmp_path, f"{header}\na,b\n".encode(), "a.csv")
    assert list(sequence_tables.read_labels(path, named)) == ["ab"[header.split(",").index(column)]]


def test_a_column_of_names_of_labels_that_is_not_clear_has_to_be_named(tmp_path):
    for header, found in (("peak,y", "no column id"), ("ID,name", "the columns ID and name")):
        with pytest.raises(
            InputError, match=f"a.csv has {found}; .* id_column, or --id-column of expact init, names the one to take"
        ):
            sequence_tables.read_labels(write(tmp_path, f"{header}\na,1\n".encode(), "a.csv"))


def test_fastq_without_its_qualities(tmp_path):
    records = sequences.read_fasta(write(tmp_path, b"@r1 x\nACGT\n+\nIIII\n@r2\nGGCC\n+r2\n@@@@\n", "a.fastq"))
    assert (records.ids, records.letters.tobytes()) == (["r1", "r2"], b"ACGTGGCC")
    assert records.notes == ["a.fastq: FASTQ; qualities were not looked at"]
    with pytest.raises(InputError, match="a.fastq, line 5: expected four lines of FASTQ"):
        sequences.read_fasta(write(tmp_path, b"@r1 x\nACGT\n+\nIIII\nGGCC\n", "a.fastq"))


@pytest.mark.parametrize("qualities", [b"III\n", b"IIIII\n", b""], ids=["shorter", "longer", "cut short"])
def test_a_record_with_other_qualities_than_letters_is_no_fastq(tmp_path, qualities):
    odd = b"@odd\nACGT\n+\n" + qualities
    number = len(qualities.strip())
    with pytest.raises(
        InputError, match=f"a.fq, line 1: odd has 4 letters and {number} qualities; expected one of each"
    ):
        sequences.read_fasta(write(tmp_path, odd, "a.fq"))
    records = sequences.read_fasta(write(tmp_path, b"@s\nACGT\n+\nIIII\n" * 99 + odd, "a.fq"))
    assert (len(records), records.left_out) == (99, ["odd"])
    assert records.notes[0] == (
        f"a.fq: left out 1 odd record, the first, odd, in line 397: odd has 4 letters and {number} qualities; expected "
        "one of each"
    )


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (b">odd\nACGTX\n", "line 3, column 5: 'X' is no nucleotide (a protein?)"),
        (b">odd\n", "line 2: odd has no sequence"),
    ],
)
def test_an_odd_record_among_a_hundred_is_left_out_and_named(tmp_path, odd, why):
    good = b"".join(b">s%d\nACGT\n" % i for i in range(99))
    records = sequences.read_fasta(write(tmp_path, odd + good if b"X" not in odd else b"\n" + odd + good))
    assert len(records) == 99
    assert records.left_out == ["odd"]
    assert records.letters.tobytes() == b"ACGT" * 99
    assert records.notes[0].startswith("a.fa: left out 1 odd record, the first, odd, in line ")
    with pytest.raises(InputError, match="line"):
        sequences.read_fasta(write(tmp_path, odd + good.partition(b">s98")[0]))


def test_an_odd_row_of_a_table_is_left_out_with_its_labels(tmp_path):
    rows = b"".join(b"s%d,ACGT,%d\n" % (i, i) for i in range(99))
    records = sequence_tables.read_table(write(tmp_path, b"ID,Seq,y\nodd,AC?T,x\n" + rows, "a.csv"))
    assert records.ids == [f"s{i}" for i in range(99)]
    assert records.columns == {"y": [str(i) for i in range(99)]}


def test_a_column_that_is_called_twice_has_to_be_named(tmp_path):
    path = write(tmp_path, b"seq,Sequence,y\nACGT,AAAA,1\n", "a.csv")
    with pytest.raises(
        InputError,
        match="a.csv has the columns seq and Sequence; .* sequence_column, or --sequence-column of expact init, names the one to take",
    ):
        sequence_tables.read_table(path)
    assert sequence_tables.read_table(path, "Sequence").letters.tobytes() == b"AAAA"


def test_places_of_ucscs_table_browser(tmp_path):
    header = b">hg38_peaks_p1 range=chr1:101-104 5'pad=0 3'pad=0 strand=%s repeatMasking=none\nACGT\n"
    records = sequences.read_fasta(write(tmp_path, header % b"-" + header % b"+"))
    assert records.ids == ["hg38_peaks_p1::chr1:100-104(-)", "hg38_peaks_p1::chr1:100-104"]
    assert list(map(coordinates, records.ids)) == [("chr1", 100, 104, "-"), ("chr1", 100, 104, "+")]
