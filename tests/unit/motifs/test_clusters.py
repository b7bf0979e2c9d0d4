import numpy as np
import pandas as pd
import pytest
from support import encode

from expact_utils.dna.jaspar import ground_truth, jaspar
from expact_utils.dna.pfm import Motif, consensus, reverse_complement
from expact_utils.motifs import tomtom
from expact_utils.motifs.clusters import COLUMNS, Cluster, alike, cluster, members_table, table, trials_by_network
from expact_utils.run.errors import InputError

NETWORK = ("synthetic", "cnn-2", "relu")
FLAT = np.full((1, 4), 0.25)


def matrix(motif_id: str) -> np.ndarray:
    return next(motif.pfm for motif in jaspar() if motif.id == motif_id)


def of(pfm: np.ndarray, nsites: float = 200) -> Motif:
    return Motif("filter", "filter", pfm, nsites)


def noisy(pfm: np.ndarray, rng: np.random.Generator, nsites: int = 200) -> Motif:
    """The motif as counted in so many sites."""
    return of(rng.multinomial(nsites, pfm / pfm.sum(axis=1, keepdims=True)) / nsites, nsites)


def shifted(pfm: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Up to three flat columns more on either side, and either strand."""
    left, right = rng.integers(0, 4, 2)
    padded = np.concatenate([FLAT.repeat(left, axis=0), pfm, FLAT.repeat(right, axis=0)])
    return padded if rng.random() < 0.5 else reverse_complement(padded)


def diffuse(width: int, rng: np.random.Generator) -> np.ndarray:
    """Near-flat columns and a clear one, 1.1 bit."""
    pfm = rng.dirichlet(np.full(4, 20), width)
    pfm[rng.integers(3, width - 3)] = rng.permutation([0.85, 0.05, 0.05, 0.05])
    return pfm


def grouped(clusters: list[Cluster]) -> set[frozenset]:
    """Filters of each cluster."""
    return {frozenset(member[4] for member in one.members) for one in clusters}


def test_a_motif_and_its_reverse_complement_in_five_trials_is_one_cluster():
    rng = np.random.default_rng(0)
    pfm = matrix("MA0062.2")
    copies = [pfm, reverse_complement(pfm), pfm, reverse_complement(pfm), pfm]
    found = cluster({(*NETWORK, trial, "filter3"): noisy(copy, rng) for trial, copy in enumerate(copies)})
    assert len(found) == 1
    assert found[0].trials == {NETWORK: 5}
    assert found[0].motif.nsites == 1000
    strands = {member[3]: member[6] for member in found[0].members}
    assert strands[0] == strands[2] == strands[4] != strands[1] == strands[3]


def test_two_motifs_stay_two_clusters():
    rng = np.random.default_rng(1)
    filters = {}
    for trial in range(5):
        filters[(*NETWORK, trial, "cebpb")] = noisy(matrix("MA0466.2"), rng)
        filters[(*NETWORK, trial, "gata1")] = noisy(matrix("MA0035.3"), rng)
    assert grouped(cluster(filters)) == {frozenset({"cebpb"}), frozenset({"gata1"})}


def test_members_are_aligned():
    pfm = matrix("MA0062.2")  # Gabpa, 11 columns; no palindrome
    two = FLAT.repeat(2, axis=0)
    filters = {
        (*NETWORK, 0, "whole"): of(pfm, 1000),
        (*NETWORK, 1, "shorter"): of(pfm[2:]),
        (*NETWORK, 2, "longer"): of(np.concatenate([two, pfm])),
        (*NETWORK, 3, "turned"): of(reverse_complement(np.concatenate([two, pfm]))),
    }
    (found,) = cluster(filters)
    assert found.motif.name == consensus(pfm)
    np.testing.assert_allclose(found.motif.pfm, pfm)
    assert found.members[0] == (*NETWORK, 0, "whole", 0, "+")  # the seed
    assert {member[4:] for member in found.members} == {
        ("whole", 0, "+"),
        ("shorter", 2, "+"),
        ("longer", -2, "+"),
        ("turned", -2, "-"),
    }


def test_offsets_are_from_the_first_column_kept():
    # The seed has five columns of flank; clipping keeps three, so the seed starts two before the motif.
    core = np.eye(4)[encode("GATTACAG")]
    filters = {
        (*NETWORK, 0, "wide"): of(np.concatenate([FLAT.repeat(5, axis=0), core]), 900),
        (*NETWORK, 1, "narrow"): of(np.concatenate([FLAT.repeat(3, axis=0), core]), 900),
    }
    (found,) = cluster(filters)
    assert found.motif.name == "AAAGATTACAG"
    assert {member[4:6] for member in found.members} == {("wide", -2), ("narrow", 0)}


def test_columns_of_under_half_of_the_weight_are_trimmed():
    pfm = matrix("MA0062.2")
    more = np.concatenate([np.eye(4)[encode("A")], pfm])  # a clear A in front, and so the larger weight of two
    third = {(*NETWORK, 0, "a"): of(more), (*NETWORK, 1, "b"): of(pfm), (*NETWORK, 2, "c"): of(pfm)}
    half = {(*NETWORK, 0, "a"): of(more), (*NETWORK, 1, "b"): of(pfm)}
    assert [one.motif.name for one in cluster(third)] == [consensus(pfm)]
    assert [one.motif.name for one in cluster(half)] == ["A" + consensus(pfm)]


def test_the_consensus_is_weighted_by_information_and_logarithm_of_sites():
    certain = np.eye(4)[encode("GATTACAGGC")]
    blurred = 0.8 * certain + 0.2 * 0.25  # .85 and .05: 1.152 bits a position, of 2
    (found,) = cluster({(*NETWORK, 0, "a"): of(certain, 99), (*NETWORK, 1, "b"): of(blurred, 999)})
    bits = 2 + 0.85 * np.log2(0.85) + 3 * 0.05 * np.log2(0.05)
    share = 2 * 2 / (2 * 2 + bits * 3)  # log10 of 100 and of 1,000
    expected = share * certain + (1 - share) * blurred
    np.testing.assert_allclose(found.motif.pfm, expected)
    assert found.motif.nsites == 99 + 999


def test_filters_without_information_or_sites_are_left_out():
    weak = np.tile([0.6, 0.2, 0.1, 0.1], (19, 1))  # 0.43 bit a position
    filters = {
        (*NETWORK, 0, "flat"): of(FLAT.repeat(19, axis=0)),
        (*NETWORK, 0, "weak"): of(weak),
        (*NETWORK, 0, "siteless"): of(matrix("MA0466.2"), 0),
        (*NETWORK, 0, "good"): of(matrix("MA0466.2")),
    }
    assert grouped(cluster(filters)) == {frozenset({"good"})}


def test_one_filter_is_a_cluster():
    pfm = matrix("MA0062.2")
    (found,) = cluster({(*NETWORK, 4, "filter7"): of(pfm, 50)})
    assert (found.motif.id, found.motif.name, found.motif.nsites) == ("motif1", consensus(pfm), 50)
    assert found.members == [(*NETWORK, 4, "filter7", 0, "+")]
    np.testing.assert_allclose(found.motif.pfm, pfm)


def test_no_filters():
    assert cluster({}) == []
    assert list(table([], pd.DataFrame(columns=tomtom.COLUMNS), {})) == COLUMNS
    assert members_table([]).empty
    assert trials_by_network([], 5).empty


def test_a_filter_of_two_motifs_does_not_join_them():
    left, right = matrix("MA0062.2"), matrix("MA0058.3")
    filters = {
        (*NETWORK, 0, "both"): of(np.concatenate([left, right])),
        **{(*NETWORK, trial, "left"): of(left) for trial in range(1, 4)},
        **{(*NETWORK, trial, "right"): of(right) for trial in range(1, 4)},
    }
    assert not any({"left", "right"} <= group for group in grouped(cluster(filters)))


def test_a_filter_joins_the_seed_that_it_matches_best():
    # Two seeds that share 7 of their 11 columns, too few to agree; the filter shares 7 with one and 8 with the other.
    first, second = np.eye(4)[encode("CCGTGATTACA")], np.eye(4)[encode("GATTACATCGG")]
    filters = {
        (*NETWORK, 0, "first"): of(first, 1000),
        (*NETWORK, 0, "second"): of(second, 900),
        (*NETWORK, 0, "between"): of(second[:8], 100),
    }
    assert grouped(cluster(filters)) == {frozenset({"first"}), frozenset({"second", "between"})}


def test_diffuse_filters_attract_nothing():
    rng = np.random.default_rng(2)
    filters = {(*NETWORK, 0, motif.name): noisy(motif.pfm, rng) for motif in ground_truth()}
    filters |= {(*NETWORK, 0, f"diffuse{i}"): of(diffuse(19, rng), 5000) for i in range(20)}
    filters |= {(*NETWORK, 0, f"short{i}"): of(diffuse(7, rng), 5000) for i in range(20)}
    assert len(cluster(filters)) == 52


@pytest.mark.parametrize("seed", range(3))
def test_the_twelve_ground_truth_motifs_are_twelve_clusters(seed):
    rng = np.random.default_rng(seed)
    filters = {
        (*NETWORK, trial, motif.name): noisy(shifted(motif.pfm, rng), rng)
        for motif in ground_truth()
        for trial in range(5)
    }
    found = cluster(filters)
    assert grouped(found) == {frozenset({motif.name}) for motif in ground_truth()}
    assert [one.trials for one in found] == [{NETWORK: 5}] * 12


def test_order_and_ids_do_not_depend_on_the_order_of_the_filters():
    rng = np.random.default_rng(3)
    filters = {(*NETWORK, trial, "gabpa"): noisy(matrix("MA0062.2"), rng, 100) for trial in range(3)}
    filters |= {(*NETWORK, trial, "max"): noisy(matrix("MA0058.3"), rng, 300) for trial in range(2)}
    filters |= {(*NETWORK, 0, name): noisy(matrix("MA0083.3"), rng, 200) for name in ("srf", "srf too", "srf again")}
    filters |= {(*NETWORK, trial, "nfyb"): noisy(matrix("MA0502.1"), rng, 150) for trial in range(2)}
    keys = list(filters)
    expected = cluster(filters)
    # Three trials; two trials, a motif of 15 positions; two trials, one of 10; one trial.
    assert [one.members[0][4][:3] for one in expected] == ["gab", "nfy", "max", "srf"]
    assert [one.motif.id for one in expected] == ["motif1", "motif2", "motif3", "motif4"]
    for _ in range(3):
        rng.shuffle(keys)
        found = cluster({tuple(key): filters[tuple(key)] for key in keys})
        assert [one.members for one in found] == [one.members for one in expected]
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_array_equal(one.motif.pfm, other.motif.pfm)


def test_a_filter_too_wide():
    with pytest.raises(InputError, match="is 101 positions wide"):
        cluster({(*NETWORK, 0, "filter0"): of(np.eye(4)[encode("A" * 101)])})


def two_clusters() -> list[Cluster]:
    first = Motif("motif1", "GATTACA", np.eye(4)[encode("GATTACA")], 500)
    second = Motif("motif2", "CAC", np.eye(4)[encode("CAC")], 30)
    return [
        Cluster(
            first,
            [
                ("k562", "cnn-50", "exponential", 1, "filter0", 0, "+"),
                ("k562", "cnn-50", "exponential", 0, "filter4", -1, "-"),
                ("k562", "cnn-50", "exponential", 0, "filter9", 2, "+"),
                ("k562", "cnn-2", "relu", 1, "filter2", 0, "+"),
            ],
        ),
        Cluster(second, [("k562", "cnn-2", "exponential", 1, "filter5", 0, "+")]),
    ]


def test_table_by_hand():
    matches = pd.DataFrame(
        [
            ["motif1", "MA1.1", 0, 0.0001, 0.03, 0.03, 7, "GATTACA", "GATTACA", "+"],
            ["motif1", "MA2.1", 0, 0.0002, 0.06, 0.03, 7, "GATTACA", "GATTACA", "+"],
        ],
        columns=tomtom.COLUMNS,
    )
    found = table(two_clusters(), matches, {"MA1.1": "One", "MA2.1": "Two"})
    assert list(found) == COLUMNS
    # E-value .03, two motifs looked up
    first = ["motif1", "GATTACA", 7, 14.0, 500, 4, 2, 2, "MA1.1", "One", "Two", 1, 0.0001, 0.03, 0.06]
    assert list(found.iloc[0]) == first
    assert list(found.iloc[1, :12]) == ["motif2", "CAC", 3, 6.0, 30, 1, 1, 1, "", "", "", 0]
    assert found.iloc[1, 12:].isna().all()


def test_further_matches_are_named_once_and_counted():
    matches = pd.DataFrame({"Query_ID": "motif1", "Target_ID": list("abcdefg")}).assign(
        **dict.fromkeys(tomtom.COLUMNS[2:], 0.01)
    )
    names = dict(zip("abcdefg", ["JUN", "Jun", "FOS", "BATF", "fos", "JUNB", "ATF3"], strict=True))
    row = table(two_clusters(), matches, names).iloc[0]
    assert (row["best_match_name"], row["also_match"], row["others"]) == ("JUN", "FOS, BATF, JUNB", 4)


def test_table_of_found_motifs():
    rng = np.random.default_rng(4)
    found = cluster({(*NETWORK, trial, "filter0"): noisy(matrix("MA0062.2"), rng) for trial in range(5)})
    matches = tomtom.tomtom([one.motif for one in found], list(jaspar()))
    row = table(found, matches, {motif.id: motif.name for motif in jaspar()}).iloc[0]
    assert (row["best_match"], row["best_match_name"], row["trials"]) == ("MA0062.2", "Gabpa", 5)
    assert row["evalue_corrected"] == row["evalue"] == pytest.approx(519 * row["pvalue"])


def test_members_table():
    found = members_table(two_clusters())
    assert list(found) == ["motif", "dataset", "architecture", "activation", "trial", "filter", "offset", "strand"]
    assert list(found.iloc[1]) == ["motif1", "k562", "cnn-50", "exponential", 0, "filter4", -1, "-"]
    assert list(found["motif"]) == ["motif1"] * 4 + ["motif2"]


def test_trials_by_network():
    found = trials_by_network(two_clusters(), 2)
    assert list(found.index) == ["motif1", "motif2"]
    assert found.columns.name == "of 2 trials"
    # Networks in the paper's order; two filters of one trial count once.
    assert list(found) == ["CNN-2, ReLU", "CNN-2, exponential", "CNN-50, exponential"]
    np.testing.assert_array_equal(found, [[1, 0, 2], [0, 1, 0]])


def test_trials_by_network_names_the_data_sets_where_there_are_several():
    more = Cluster(two_clusters()[1].motif, [("synthetic", "cnn-2", "relu", 0, "filter1", 0, "+")])
    assert list(trials_by_network([two_clusters()[1], more], 2)) == [
        "k562: CNN-2, exponential",
        "synthetic: CNN-2, ReLU",
    ]


def test_a_few_motifs_may_agree_that_are_too_weak_to_among_many():
    """AP-1's and CREB's share half a site, and stay two; two versions of the ETS motif are one."""
    rng = np.random.default_rng(0)
    random = [of(rng.dirichlet([0.3] * 4, 10)) for _ in range(60)]
    known = {motif.name: motif for motif in reversed(jaspar("JASPAR2024"))}  # FOS::JUN's first matrix is AP-1's
    few = [of(known[name].pfm) for name in ("FOS::JUN", "CREB1", "ELK4", "ETV5")]
    found = alike([*few, *random], [0, 1, 2, 3])
    assert found == {0: set(), 1: set(), 2: {3}, 3: {2}}
    assert alike([*few, *random], [2]) == {2: set()}
