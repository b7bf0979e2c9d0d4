import gzip
import os

import numpy as np
import pytest
from Bio import bgzf

from expact_utils.data import background, regions, sequences
from expact_utils.data.bed import read_bed
from expact_utils.run.errors import InputError

CHR1 = "ACGTTTGGCCAAACGTNacg" * 5  # 100 nt
GENOME = f">chr1 first\n{CHR1[:60]}\n{CHR1[60:]}\n>chr2\n{'G' * 50}\n"


@pytest.fixture
def genome(tmp_path):
    path = tmp_path / "genome.fa"
    path.write_text(GENOME)
    return path


def bed(folder, text, name="a.bed"):
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def texts(records):
    return [records.letters[end - 10 : end].tobytes().decode() for end in records.ends]


def read(folder, genome, text, length=10, name="a.bed"):
    path = bed(folder, text, name)
    return regions.windows(read_bed(path)[0], genome, length, path)


@pytest.mark.parametrize("name", ["a.bed", "a.bed.gz"])
def test_windows_about_the_middle_in_order_of_the_genome(tmp_path, genome, name):
    text = "track name=x\n#comment\nchr2\t10\t30\tpeak\nchr1\t20\t40\n\nbrowser x\n"
    records, kept = read(tmp_path, genome, text, name=name)
    assert records.ids == ["chr1:25-35", "chr2:15-25"]
    assert texts(records) == [CHR1[25:35].upper(), "G" * 10]
    assert [(region.name, region.line) for region in kept] == [("region4", 4), ("peak", 3)]
    assert records.notes == [f"{name}: regions are 20 nt long; windows of 10 nt about their middles"]
    assert read(tmp_path, genome, text, length=20, name=name)[0].notes == []


def test_windows_about_the_summit_of_narrow_peaks(tmp_path, genome):
    line = "chr1\t20\t60\tp\t0\t.\t5\t-1\t-1\t{}\n"
    records, _ = read(tmp_path, genome, line.format(5) + line.format(-1))
    assert records.ids == ["chr1:20-30", "chr1:35-45"]  # the summit at 25; without one, the middle


def test_windows_over_an_end_are_left_out_with_a_note(tmp_path, genome):
    records, _ = read(tmp_path, genome, "chr1\t0\t4\nchr1\t50\t60\nchr1\t98\t100\n")
    assert records.ids == ["chr1:50-60"]
    assert records.notes[0] == (
        "a.bed: left out 2 regions with windows that hang over a chromosome's end, the first in line 1"
    )


def test_chromosomes_with_and_without_chr(tmp_path, genome):
    records, _ = read(tmp_path, genome, "1\t50\t60\n")
    assert records.ids == ["chr1:50-60"]
    assert records.notes[0].endswith("chromosome 1 taken for chr1 of the genome")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "a.bed holds no region; expected BED lines"),
        ("track\n", "a.bed holds no region"),
        (f"chr1\t5\t{'9' * 5000}\n", "line 1: expected chromosome, start and end"),
        ("chr1\t5\n", "line 1: expected chromosome, start and end"),
        ("chr1\tfive\t10\n", "line 1: expected chromosome, start and end"),
        ("chr1\t-5\t10\n", "line 1: expected chromosome, start and end"),
        ("chr1\t10\t20\nchr1\t10\t10\n", "line 2: the region ends at 10, not after its start, 10"),
        ("chr3\t10\t20\n", "line 1: the genome .*genome.fa has no chromosome chr3; it has chr1, chr2"),
        ("chr1\t90\t101\n", r"line 1: chr1:90-101 lies beyond the end of chr1 in .*100 nt.; is it another assembly"),
        ("chr1\t0\t4\n", "line 1: no window of 10 nt lies within chr1 of .*genome.fa"),
    ],
)
def test_bad_regions_get_one_sentence(tmp_path, genome, text, sentence):
    with pytest.raises(InputError, match=sentence):
        read(tmp_path, genome, text)


PEAK = "chr1\t{}\t{}\tp\t500\t{}\t5.5\t-1\t-1\t{}\n"


def test_a_narrow_peak_file_by_its_name_may_have_odd_lines(tmp_path, genome):
    """The second summit lies beyond its region, and is left out; the third is unknown: the middle."""
    text = PEAK.format(20, 40, ".", 5) + PEAK.format(40, 60, ".", 30) + PEAK.format(60, 80, ".", -1)
    found, notes = read_bed(bed(tmp_path, text, "a.narrowPeak"))
    assert [region.centre for region in found] == [25, 70]
    assert notes == ["left out 1 line without a region, as line 2: the summit, 30, lies beyond the region's end"]
    records, _ = read(tmp_path, genome, text, name="a.narrowPeak")
    assert records.notes == [
        "a.narrowPeak: regions are 20 nt long; windows of 10 nt about their summits (1 unknown: middles)"
    ]


def test_summits_are_told_where_regions_are_as_long_as_windows(tmp_path, genome):
    text = PEAK.format(20, 40, ".", 5) + PEAK.format(50, 70, ".", 3)
    records, _ = read(tmp_path, genome, text, length=20, name="a.narrowPeak")
    assert records.ids == ["chr1:15-35", "chr1:43-63"]
    assert records.notes == ["a.narrowPeak: regions are 20 nt long; windows of 20 nt about their summits"]


def test_a_narrow_peak_file_by_its_columns_alone_is_told(tmp_path):
    found, notes = read_bed(bed(tmp_path, PEAK.format(20, 40, ".", 5), "a.bed"))
    assert [region.centre for region in found] == [25]
    assert notes == ["its columns are those of narrowPeak, so the tenth was taken for summits"]


def test_a_narrow_peak_file_by_its_name_alone_has_no_summit(tmp_path):
    found, notes = read_bed(bed(tmp_path, "chr1\t20\t60\tp\t0\t+\n", "a.narrowPeak"))
    assert [region.centre for region in found] == [40]
    assert notes == ["called narrowPeak, but its columns are others, so middles were taken, not summits"]


def test_a_line_that_is_cut_in_a_narrow_peak_file(tmp_path):
    text = PEAK.format(20, 40, ".", 5) * 2 + "chr1\t40\t60\tp\n"
    found, notes = read_bed(bed(tmp_path, text, "a.narrowPeak"))
    assert len(found) == 2
    assert notes == ["left out 1 line without a region, as line 3: expected the ten columns of narrowPeak"]


@pytest.mark.parametrize(
    "line",
    [
        "chr1\t20\t60\ttx\t0\t+\t20\t60\t0\t2\t5,5\t0,30",  # BED12, with two blocks
        "chr1\t20\t60\tp\tchr1\t10\t70\tq\t5\t+",  # intersect -wa -wb of BED4 and BED6
        "chr1\t20\t60\tp\t5\t+\tchr1\t10\t70\t9",  # of BED6 and BED4
        "chr1\t20\t60\tp\t0\t.\t5\t-1\t-1\t9\tchr1\t10\t70",  # of narrowPeak and BED3
        "chr1\t20\t60\tp\t0\t.\t5\t-1\t-1\t90",  # the summit would be outside
        "1\t20\t60\tp\t5\t+\t1\t10\t70\t9",  # of BED6 and BED4, by Ensembl's names of chromosomes
        "chr1\t20\t60\tp\t0.5\t+\t5\t1\t1\t9",  # a score is a whole number
        "chr1\t20\t60\tp\t5\t+\tnan\t1\t1\t9",
        "chr1\t20\t60\tp\t5\t+\t20\t60\t0\t9",  # intersect -c of BED9
    ],
    ids=[
        "BED12",
        "BED4 and 6",
        "BED6 and 4",
        "narrowPeak and BED3",
        "beyond",
        "BED6 and 4 of 1",
        "score",
        "nan",
        "BED9",
    ],
)
def test_what_is_no_narrow_peak_has_no_summit(tmp_path, line):
    assert [region.centre for region in read_bed(bed(tmp_path, f"{line}\n"))[0]] == [40]


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (PEAK.format(40, 60, ".", 20), "the summit, 20, lies beyond the region's end"),
        ("chr1\t40\t60\n", "expected the ten columns of narrowPeak"),
        (PEAK.format(40, 60, ".", "5\tx"), "expected the ten columns of narrowPeak"),
    ],
    ids=["summit", "three columns", "eleven columns"],
)
def test_an_odd_line_does_not_take_the_summits_of_others(tmp_path, odd, why):
    """They are told by the columns of most lines; a score with a fraction, as in the first, is no harm then."""
    text = PEAK.format(20, 40, ".", 7).replace("500", "512.7") + PEAK.format(20, 40, ".", 5) * 3
    found, notes = read_bed(bed(tmp_path, text + odd))
    assert [region.centre for region in found] == [27, 25, 25, 25]
    assert notes == [
        "its columns are those of narrowPeak, so the tenth was taken for summits",
        f"left out 1 line without a region, as line 5: {why}",
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (PEAK.format(20, 60, ".", 5).replace("500", "512.7"), "the score, as 512.7, is no whole number (a name that"),
        (PEAK.format(20, 60, ".", "5\tx"), "have 11 columns, not 10"),
        (PEAK.format(20, 60, ".", 90), "the tenth column, as 90, is no place within the region"),
    ],
)
def test_middles_of_what_looks_like_narrow_peaks_are_told(tmp_path, line, why):
    found, notes = read_bed(bed(tmp_path, line))
    assert [region.centre for region in found] == [40]
    assert len(notes) == 1
    assert notes[0].startswith(f"its lines look like narrowPeak's, but {why}")
    assert notes[0].endswith(", so middles were taken, not summits")


def test_regions_on_the_minus_strand_are_reverse_complemented(tmp_path, genome):
    text = "chr1\t0\t10\tp\t0\t-\nchr1\t20\t30\tq\t0\t+\nchr1\t40\t50\tr\t0\t.\n"
    records, _ = read(tmp_path, genome, text)
    assert records.ids == ["chr1:0-10(-)", "chr1:20-30", "chr1:40-50"]
    assert texts(records)[:2] == ["GGCCAAACGT", CHR1[20:30].upper()]
    assert records.notes == ["a.bed: reverse-complemented 1 region on the minus strand"]
    assert [regions.coordinates(name)[3] for name in records.ids] == ["-", "+", "+"]


def test_a_sixth_column_that_is_no_strand_is_none(tmp_path, genome):
    text = "chr1\t0\t10\tp\t0\t-\nchr1\t20\t30\tq\t0\tgene\n"
    assert read(tmp_path, genome, text)[0].ids == ["chr1:0-10", "chr1:20-30"]
    assert read_bed(tmp_path / "a.bed")[1] == [
        "the sixth column holds no strands, as 'gene' in line 2, so all regions were read forward"
    ]


@pytest.mark.parametrize(
    ("columns", "note"),
    [
        ("201\t{}", "column 5 taken for strands"),  # GRanges as a table
        ("{}", "column 4 taken for strands"),  # bedtools merge -s, as it was
        ("p\t0\t{}\t7\t+", None),
        ("p\t0\t{}1", "in the sixth column, 1 taken for the strand +, and -1 for -"),
    ],
)
def test_strands_that_are_not_as_bed_has_them(tmp_path, columns, note):
    signs = ("", "-") if columns.endswith("1") else ("+", "-")
    text = "".join(f"chr1\t{i}0\t{i}9\t{columns.format(signs[i % 2])}\n" for i in range(1, 7))
    found, notes = read_bed(bed(tmp_path, text))
    assert [region.strand for region in found] == ["-", "+"] * 3
    assert notes == ([note] if note else [])


def test_strands_in_words(tmp_path):
    text = "chr1\t0\t10\tp\t0\tminus\nchr1\t20\t30\tq\t0\tplus\nchr1\t20\t30\tq\t0\t*\n"
    assert [region.strand for region in read_bed(bed(tmp_path, text))[0]] == ["-", "+", "+"]


@pytest.mark.parametrize(
    ("columns", "note"),
    [
        ("chr1\t10\t70\tq\t5\t-", "column 9 holds strands, where BED has them in the sixth"),  # intersect -wa -wb
        ("p\t0\t.\t7\t-", None),  # the sixth says that they are unknown
        (".\t0\t1", None),
        ("p\t0\t-1", None),
    ],
)
def test_strands_that_may_be_of_something_else_are_not_taken(tmp_path, columns, note):
    found, notes = read_bed(bed(tmp_path, f"chr1\t20\t60\t{columns}\n" * 4))
    assert [region.strand for region in found] == ["+"] * 4
    assert notes == ([f"{note}, so all regions were read forward"] if note else [])


def test_an_odd_line_does_not_take_the_strand_of_others(tmp_path, genome):
    good = "".join(f"chr1\t{i}\t{i + 10}\tp\t0\t-\n" for i in range(0, 80, 10))
    names = [f"chr1:{i}-{i + 10}(-)" for i in range(0, 80, 10)]
    for odd, why in (
        ("chr1\t5", "line 9: expected chromosome, start and end (in digits)"),
        ("chr1\t80\t90\tp\t0\tx", "line 9: the strand is 'x', not +, - or '.'"),
    ):
        assert read(tmp_path, genome, f"{good}{odd}\n")[0].ids == names
        assert read_bed(tmp_path / "a.bed")[1] == [f"left out 1 line without a region, as {why}"]
    assert read(tmp_path, genome, good + "chr1\t80\t90\n")[0].ids == [*names, "chr1:80-90"]  # without a strand


def test_odd_lines_of_a_good_file_are_left_out_with_a_count(tmp_path):
    good = "".join(f"chr1\t{i}\t{i + 10}\n" for i in range(0, 80, 10))
    odd = "chr1\t1e+06\t1000010\nchr1\t30\t20\nchr1\t5\n"
    found, notes = read_bed(bed(tmp_path, "chrom\tstart\tend\n" + good + odd))
    assert len(found) == 8
    assert notes == ["left out 3 lines without a region, as line 10: expected chromosome, start and end (in digits)"]


def test_contigs_that_the_genome_lacks_and_ends_that_it_has_not(tmp_path, genome):
    good = "".join(f"chr1\t{i}\t{i + 10}\n" for i in range(0, 80, 10))
    records, kept = read(tmp_path, genome, good + "chrUn\t5\t15\nchr2\t45\t55\nchrUn\t25\t35\n")
    assert len(kept) == 8
    assert records.notes == [
        "a.bed: left out 2 regions on contigs that the genome lacks, the first in line 9",
        "a.bed: left out 1 region beyond a chromosome's end, the first in line 10",
    ]


def test_the_mitochondrion_by_either_name(tmp_path):
    (tmp_path / "g.fa").write_text(">MT\n" + "ACGT" * 10 + "\n")
    assert read(tmp_path, tmp_path / "g.fa", "chrM\t0\t10\n")[0].ids == ["MT:0-10"]


def test_an_index_of_another_genome_is_not_believed(tmp_path, genome):
    """As new as the genome, but of what it was before: a place would have other letters."""
    assert read(tmp_path, genome, "chr1\t20\t30\n")[0].ids == ["chr1:20-30"]
    index = genome.with_name("genome.fa.fai")
    for other in (GENOME.replace("chr2", "chr9"), GENOME.replace("ACGTTT", "ACGT", 1), GENOME + "ACGT\n", GENOME[:80]):
        genome.write_text(other)
        index.touch()
        with pytest.raises(InputError, match="genome.fa.fai does not fit .*genome.fa: either the genome has changed"):
            read(tmp_path, genome, "chr1\t20\t30\n")
    genome.write_text(GENOME.replace("\n", "\r\n"))
    index.unlink()
    assert read(tmp_path, genome, "chr1\t20\t30\n")[0].ids == ["chr1:20-30"]
    assert read(tmp_path, genome, "chr1\t20\t30\n")[0].ids == ["chr1:20-30"]


def packed(path, text):
    with bgzf.BgzfWriter(str(path)) as file:
        file.write(text.encode())
    return path


def test_an_index_of_another_packed_genome_is_not_believed(tmp_path):
    """As new as the genome, but a record was put before: a place would have other letters; over many blocks too."""
    letters = "".join(np.random.default_rng(0).choice(list("ACGT"), 300_000))
    text = ">chr1\n" + "\n".join(letters[i : i + 60] for i in range(0, 300_000, 60)) + "\n>chr2\n" + "G" * 50 + "\n"
    genome = packed(tmp_path / "g.fa.gz", text)
    for _ in range(2):  # the index is made, then read
        records, _ = read(tmp_path, genome, "chr1\t200000\t200010\nchr2\t0\t10\n")
        assert texts(records) == [letters[200_000:200_010], "G" * 10]
    for other in (">chr0\nACGT\n" + text, text.replace("chr2", "chr9"), text + "ACGT\n", text[:100_000] + "\n"):
        packed(genome, other)
        for index in ("g.fa.gz.fai", "g.fa.gz.gzi"):
            os.utime(tmp_path / index, (genome.stat().st_mtime + 1,) * 2)
        with pytest.raises(InputError, match="g.fa.gz.fai does not fit .* is to be removed, and g.fa.gz.gzi, or"):
            read(tmp_path, genome, "chr1\t20\t30\n")


def test_a_last_line_that_is_longer(tmp_path):
    """A place in it would have the letters before it. An index that was there is named; one made just now is not."""
    genome, index = tmp_path / "g.fa", tmp_path / "g.fa.fai"
    genome.write_text(f">chr1\n{CHR1[:40]}\n{CHR1[40:]}\n")
    for _ in range(2):
        with pytest.raises(
            InputError, match="^the genome .*g.fa cannot be indexed; expected .* lines of one length"
        ) as e:
            read(tmp_path, genome, "chr1\t85\t95\n")
        assert "fai" not in str(e.value)
        assert not index.exists()
    index.write_text("chr1\t100\t6\t40\t41\n")
    with pytest.raises(InputError, match="g.fa.fai does not fit .*its lines are not of one length"):
        read(tmp_path, genome, "chr1\t85\t95\n")
    assert index.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"junk\n",
        b"chr1\t100\n",
        b"chr1\tx\t12\t60\t61\n",
        b"chr1\t100\t12\t60\t61\t9\n",
        b"\xff\xfe\0",
    ],
    ids=["empty", "a blank line", "a word", "few columns", "no number", "a column more", "no text"],
)
@pytest.mark.parametrize("is_packed", [False, True], ids=["plain", "packed"])
def test_an_index_that_is_none(tmp_path, content, is_packed):
    """It is stale: nobody made it of this genome. What is older than the genome is made anew."""
    genome = tmp_path / ("g.fa.gz" if is_packed else "g.fa")
    packed(genome, GENOME) if is_packed else genome.write_text(GENOME)
    index = tmp_path / f"{genome.name}.fai"
    index.write_bytes(content)
    with pytest.raises(
        InputError, match=rf"{genome.name}.fai does not fit .*{genome.name}: .*the index is to be removed"
    ):
        read(tmp_path, genome, "chr1\t20\t30\n")
    assert index.read_bytes() == content
    os.utime(index, (1, 1))
    assert read(tmp_path, genome, "chr1\t20\t30\n")[0].ids == ["chr1:20-30"]
    assert index.read_text().startswith("chr1\t100\t12\t60\t61\n")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"C'A\x1a" + bytes(99), "it is a 2bit file; expected FASTA, which UCSC's twoBitToFa makes of it"),
        (b"\xef\xbb\xbf" + GENOME.encode(), "it begins with a byte order mark; expected FASTA without one"),
        (GENOME.encode("utf-16"), "expected FASTA, which begins with '>'"),
        (b"chr1\n" + GENOME.encode(), "expected FASTA, which begins with '>'"),
    ],
)
def test_a_genome_that_is_no_fasta(tmp_path, content, what):
    (tmp_path / "g.fa").write_bytes(content)
    with pytest.raises(InputError, match=rf"^cannot read the genome .*g.fa: {what}\.$"):
        read(tmp_path, tmp_path / "g.fa", "chr1\t20\t30\n")


@pytest.mark.parametrize("content", ["", "\n"])
def test_an_empty_genome(tmp_path, content):
    (tmp_path / "g.fa").write_text(content)
    with pytest.raises(InputError, match="g.fa"):
        read(tmp_path, tmp_path / "g.fa", "chr1\t20\t30\n")


def test_regions_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(sequences, "MOST", 3)
    with pytest.raises(InputError, match="a.bed holds more than 3 records"):
        read_bed(bed(tmp_path, "chr1\t1\t5\n" * 4))


def test_a_genome_that_is_none(tmp_path):
    with pytest.raises(InputError, match="cannot read the genome .*absent.fa"):
        read(tmp_path, tmp_path / "absent.fa", "chr1\t10\t20\n")
    (tmp_path / "protein.fa").write_text(">chr1\n" + "MKVL" * 20 + "\n")
    with pytest.raises(InputError, match="protein.fa has letters in chr1 that are no nucleotides"):
        read(tmp_path, tmp_path / "protein.fa", "chr1\t10\t20\n")


def test_gc_matched_windows_have_the_regions_gc_and_lie_elsewhere(tmp_path):
    rng = np.random.default_rng(0)
    poor, rich = rng.choice(list("AT"), 3000), rng.choice(list("GC"), 3000)
    genome = tmp_path / "genome.fa"
    genome.write_text(">chr1\n" + "".join(np.concatenate([poor, rich])) + "\n>chr2\n" + "A" * 500 + "\n")
    path = bed(
        tmp_path, "".join(f"chr1\t{start}\t{start + 10}\n" for start in (*range(100, 140, 20), *range(4000, 4160, 20)))
    )
    positives, kept = regions.windows(read_bed(path)[0], genome, 10, path)
    negatives, drawn = background.gc_matched(kept, [], positives, genome, seed=1)
    assert sum("A" in text or "T" in text for text in texts(negatives)) == 2
    assert len(drawn) == 10
    assert all(new.chromosome == "chr1" for new in drawn)
    assert not any(
        a.start < b.end and b.start < a.end for a in drawn for b in [*kept, *(c for c in drawn if c is not a)]
    )
    again, other = (background.gc_matched(kept, [], positives, genome, seed)[0].ids for seed in (1, 2))
    assert again == negatives.ids
    assert other != negatives.ids
    assert "10 windows of the genome outside the regions, matched by GC content" in negatives.notes[0]


def test_negatives_lie_outside_the_regions_as_they_were(tmp_path):
    """Windows of 10 nt of regions of 100, one of which the genome's end cuts off; 100 nt of chr1 are outside of all."""
    letters = "".join(np.random.default_rng(0).choice(list("ACGT"), 600))
    genome = tmp_path / "g.fa"
    genome.write_text(f">chr1\n{letters}\n")
    text = "1\t0\t100\nchr1\t60\t200\nchr1\t210\t250\nchr1\t300\t596\nchr1\t597\t600\n"
    path = bed(tmp_path, text)
    found = read_bed(path)[0]
    positives, kept = regions.windows(found, genome, 10, path)
    assert len(kept) == 4
    positives = regions.as_records(kept * 20, positives.letters.tobytes() * 20, [])
    _, drawn = background.gc_matched(kept, found, positives, genome, seed=0)
    assert 2 <= len(drawn) <= 6
    assert all(window.start >= 200 and window.end <= 300 for window in drawn)
    assert not any(window.start < 250 and window.end > 210 for window in drawn)


def test_windows_of_a_masked_genome_get_negatives_with_n_at_the_same_places(tmp_path):
    """Half of each region is masked, and G and C are all of the rest: the negatives are so, too."""
    rng = np.random.default_rng(0)
    masked = "".join(
        ["N" * 5 + "G" * 5, "C" * 5 + "N" * 5][i % 2] + "".join(rng.choice(list("GC"), 30)) for i in range(10)
    )
    genome = tmp_path / "g.fa"
    genome.write_text(f">chr1\n{masked}{''.join(rng.choice(list('AT'), 400))}{'N' * 400}\n")
    path = bed(tmp_path, "".join(f"chr1\t{start}\t{start + 10}\n" for start in range(0, 400, 40)))
    positives, kept = regions.windows(read_bed(path)[0], genome, 10, path)
    negatives, _ = background.gc_matched(kept, [], positives, genome, seed=0)
    assert len(negatives) == 10
    assert all(set(text) <= set("GCN") for text in texts(negatives))
    where = sorted([letter == "N" for letter in text] for text in texts(negatives))
    assert where == sorted([letter == "N" for letter in text] for text in texts(positives))
    assert negatives.notes == [
        "negatives: 10 windows of the genome outside the regions, matched by GC content, with N where the positives "
        "have it"
    ]


def test_windows_that_are_mostly_n_are_left_out_with_a_count(tmp_path):
    genome = tmp_path / "g.fa"
    genome.write_text(f">chr1\n{'ACGT' * 5}{'N' * 20}{'ACGT' * 5}\n")
    text = "chr1\t0\t10\nchr1\t15\t25\nchr1\t16\t26\nchr1\t25\t35\n"
    records, kept = read(tmp_path, genome, text)
    assert records.ids == ["chr1:0-10", "chr1:15-25"]  # of the second, half are N
    assert len(kept) == 2
    assert records.notes == ["a.bed: left out 2 regions with windows that are mostly N, the first in line 3"]
    with pytest.raises(InputError, match="a.bed, line 1: the window about chr1:20-30 is mostly N in .*g.fa"):
        read(tmp_path, genome, "chr1\t20\t30\n")


def test_what_cannot_be_matched_is_noted(tmp_path):
    genome = tmp_path / "genome.fa"
    genome.write_text(">chr1\n" + "A" * 200 + "G" * 10 + "A" * 200 + "\n")
    path = bed(tmp_path, "chr1\t200\t210\nchr1\t50\t60\n")
    positives, kept = regions.windows(read_bed(path)[0], genome, 10, path)
    negatives, drawn = background.gc_matched(kept, [], positives, genome, seed=0)
    assert len(drawn) == 1
    assert (
        "1 windows have a GC content that was not found again outside the regions, in 20,000 draws"
        in negatives.notes[1]
    )


def test_a_rare_gc_content_is_given_up_in_time(tmp_path, monkeypatch):
    """Peaks of which a tenth are all G, and a genome that has no such window besides: the others are found."""
    rng = np.random.default_rng(0)
    letters = rng.choice(list("ACGT"), 2_000_000)
    starts = range(1000, 1_001_000, 1000)
    for start in starts[::10]:
        letters[start : start + 100] = "G"
    genome = tmp_path / "genome.fa"
    genome.write_text(">chr1\n" + "".join(letters) + "\n")
    path = bed(tmp_path, "".join(f"chr1\t{start}\t{start + 100}\n" for start in starts))
    positives, kept = regions.windows(read_bed(path)[0], genome, 100, path)
    places = background._places
    drawn = []

    def counted(*arguments):
        for place in places(*arguments):
            drawn.append(place)
            yield place

    monkeypatch.setattr(background, "_places", counted)
    negatives, _ = background.gc_matched(kept, [], positives, genome, seed=0)
    assert 880 < len(negatives) <= 900
    assert len(drawn) < 100_000  # of the 220,000 that a thousand peaks may take
    assert f"{1000 - len(negatives)} windows have a GC content that was not found again" in negatives.notes[1]


def test_an_index_stays_only_if_the_genome_is_of_use(tmp_path, genome):
    with pytest.raises(InputError, match="has no chromosome chr3"):
        read(tmp_path, genome, "chr3\t10\t20\n")
    assert not (tmp_path / "genome.fa.fai").exists()
    read(tmp_path, genome, "chr1\t50\t60\n")
    assert (tmp_path / "genome.fa.fai").exists()


def test_a_genome_without_index_in_a_folder_that_cannot_be_written(tmp_path, genome, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(
        InputError,
        match="genome.fa has no index as new as itself, .* expected genome.fa.fai, which `samtools faidx gen",
    ):
        read(tmp_path, genome, "chr1\t50\t60\n")
    (tmp_path / "genome.fa.fai").write_text("chr1\t100\t12\t60\t61\nchr2\t50\t120\t50\t51\n")
    records, _ = read(tmp_path, genome, "chr1\t55\t65\n")
    assert texts(records) == [CHR1[55:65].upper()]


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("chr1:100-220", ("chr1", 100, 220, "+")),
        ("chr1:100-220(-)", ("chr1", 100, 220, "-")),
        ("chr1:100-220(.)", ("chr1", 100, 220, "+")),
        ("chr1:100-220()", ("chr1", 100, 220, "+")),
        ("chr1:100-220:+", ("chr1", 100, 220, "+")),
        ("chr1:100-220:-", ("chr1", 100, 220, "-")),
        ("chr1:100-220:*", ("chr1", 100, 220, "+")),
        ("peak12::chr1:100-220(-)", ("chr1", 100, 220, "-")),
        ("peak12|chr1:100-220:-", ("chr1", 100, 220, "-")),
        ("a::b|peak12|1:100-220", ("1", 100, 220, "+")),
        ("gi|568336023|gb|CM000663.2|:100-220", ("CM000663.2", 100, 220, "+")),
        ("NC_000001.11:100-220", ("NC_000001.11", 100, 220, "+")),
        ("chr1:220-100", None),
        ("chr1:1,100-1,220", None),
        ("chr1:100-220(x)", None),
        ("peak12", None),
    ],
)
def test_places_that_names_state(name, place):
    assert regions.coordinates(name) == place


def test_a_chromosome_is_set_off_from_a_name_that_only_its_sequence_has():
    names = [f"peak_{i}_chr{1 + i % 2}:{i}00-{i}20" for i in range(1, 13)]
    renamed, notes = regions.set_off([*names, "other"])
    assert renamed[:2] == ["peak_1::chr2:100-120", "peak_2::chr1:200-220"]
    assert renamed[-1] == "other"
    assert {regions.coordinates(name)[0] for name in renamed[:-1]} == {"chr1", "chr2"}
    assert notes == ["names such as peak_1_chr2:100-120 taken for peak_1::chr2:100-120"]
    haplotypes = [f"haplotype{1 + i % 2}_chr{1 + i % 5}:{i}00-{i}20" for i in range(1, 90)]
    for as_they_are in (haplotypes, ["chr1:1-2", "chr1_KI270762v1_alt:1-9"], ["one", "two"], []):
        assert regions.set_off(as_they_are) == (as_they_are, [])
