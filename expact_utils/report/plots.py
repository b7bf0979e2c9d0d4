"""Plots: learning curves, shares, sweeps, intervals, heat maps.

Every function takes or makes matplotlib axes and returns them.
"""

from itertools import cycle

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from expact_utils.report.figures import shortened
from expact_utils.run.names import (
    METHODS,
    activation_colour,
    activation_title,
    architecture_title,
    data_title,
    network_title,
)

LINE_COLOURS = ("#000000", "#0072b2", "#d55e00", "#e6b400")  # told apart by the colour-blind too; then dashes
MARKERS = "osD^v<>P"  # a network each
GREY = "0.6"  # of controls
CONTROL_LINES = {"untrained": "--", "shuffled": ":"}  # of layers


def learning_curves(histories: list[dict], ax: Axes | None = None) -> Axes:
    """Draw training (dashed) and validation loss (solid) by epoch, a colour an activation."""
    ax = ax or plt.subplots(figsize=(6, 3.4))[1]
    for history in histories:
        colour = activation_colour(history["activation"])
        epochs = np.arange(1, len(history["training_loss"]) + 1)
        label = network_title(history["architecture"], history["activation"])
        ax.plot(epochs, history["training_loss"], "--", color=colour, label=f"{label}: training")
        ax.plot(epochs, history["validation_loss"], color=colour, label=f"{label}: validation")
        kept = history["kept_epoch"]
        ax.plot(kept, history["validation_loss"][kept - 1], "o", color=colour, label=f"kept: epoch {kept}")
    ax.set(xlabel="epoch", ylabel="binary cross-entropy")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(fontsize=8, frameon=False)
    sns.despine(ax=ax)
    return ax


def share_bars(
    table: pd.DataFrame, measure: str = "relevant", of: str = "a motif of the twelve TFs", ax: Axes | None = None
) -> Axes:
    """Draw the share of filters that match `of`, by network and activation; rows of `table1.csv` of one data set."""
    ax = ax or plt.subplots(figsize=(6, 3.2))[1]
    networks = list(dict.fromkeys(table["architecture"]))
    activations = list(dict.fromkeys(table["activation"]))
    width = 0.8 / len(activations)
    for i, activation in enumerate(activations):
        rows = table[table["activation"] == activation].set_index("architecture").loc[networks]
        x = np.arange(len(networks)) + (i - (len(activations) - 1) / 2) * width
        bars = ax.bar(
            x,
            rows[f"{measure}_mean"],
            width * 0.92,
            yerr=rows[f"{measure}_std"] if (rows["trials"] > 1).all() else None,
            color=activation_colour(activation),
            label=activation_title(activation),
        )
        ax.bar_label(bars, fmt="%.2f", fontsize=9, padding=2)
    ax.set_xticks(range(len(networks)), [architecture_title(name) for name in networks])
    ax.set(ylim=(0, 1.12), ylabel=f"share of filters that match\n{of}")
    ax.set_title(data_title(table["dataset"].iloc[0]), fontsize=10)
    ax.legend(title="first-layer activation", fontsize=9, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    sns.despine(ax=ax)
    return ax


def sweep_curves(table: pd.DataFrame, measure: str, xlabel: str, log: bool = False) -> Figure:
    """Draw a share of filters against a setting that was varied: a row a dataset, a column a network.

    `table` has columns dataset, architecture, activation, trial, setting (number) and `measure`; the line is the mean
    over trials, the band goes from the lowest to the highest.
    """
    datasets, networks = (list(dict.fromkeys(table[column])) for column in ("dataset", "architecture"))
    figure, axes = plt.subplots(
        len(datasets),
        len(networks),
        figsize=(3 * len(networks) + 1, 2.4 * len(datasets) + 0.4),
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    for (i, j), ax in np.ndenumerate(axes):
        own = table[(table["dataset"] == datasets[i]) & (table["architecture"] == networks[j])]
        for activation, rows in own.groupby("activation", sort=False):
            over_trials = rows.groupby("setting")[measure]
            mean, colour = over_trials.mean(), activation_colour(activation)
            ax.plot(mean.index, mean, "o-", color=colour, markersize=4, label=activation_title(activation))
            ax.fill_between(mean.index, over_trials.min(), over_trials.max(), color=colour, alpha=0.2, linewidth=0)
        ax.set(ylim=(-0.03, 1.03), xscale="log" if log else "linear")
        if i == 0:
            ax.set_title(architecture_title(networks[j]), fontsize=11)
        if j == 0:
            ax.set_ylabel(f"{datasets[i]}\nshare of filters")
    if log:  # matplotlib's own labels are formulas
        axes[0, 0].xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes[0, 0].xaxis.set_minor_formatter(NullFormatter())
    axes[0, -1].legend(title="first layer", fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    figure.supxlabel(xlabel, fontsize=10)
    sns.despine(figure)
    figure.tight_layout()
    return figure


def map_scores(scores: pd.DataFrame, measure: str, line: float) -> Figure:
    """Draw scores of attribution maps: a column a network, a row a method, a dot a trial, and a mark at the mean.

    `scores` has columns architecture, activation, method and `measure`; `line` is what to be above, such as chance.
    """
    networks = list(dict.fromkeys(scores["architecture"]))
    methods = list(dict.fromkeys(scores["method"]))
    size = (3.2 * len(networks) + 1.6, 0.5 * len(methods) + 1)
    figure, axes = plt.subplots(1, len(networks), figsize=size, sharex=True, sharey=True, squeeze=False)
    for ax, architecture in zip(axes.flat, networks, strict=True):
        own = scores[scores["architecture"] == architecture]
        activations = list(dict.fromkeys(own["activation"]))
        for place, activation in zip(np.linspace(-0.2, 0.2, len(activations)), activations, strict=True):
            rows = own[own["activation"] == activation]
            y, colour = rows["method"].map(methods.index) + place, activation_colour(activation)
            ax.plot(rows[measure], y, "o", color=colour, markersize=3, alpha=0.5)
            mean = rows.groupby("method", sort=False)[measure].mean()
            ax.plot(mean, [methods.index(name) + place for name in mean.index], "|", color=colour, markersize=11,
                    markeredgewidth=2, label=activation_title(activation))  # fmt: skip
        ax.axvline(line, color="0.6", linewidth=1)
        ax.set_title(architecture_title(architecture), fontsize=11)
        ax.set(xlabel="auROC against the truth" if measure == "auroc" else measure)
        ax.set_yticks(range(len(methods)), methods, fontsize=9)
    axes[0, 0].invert_yaxis()
    axes[0, -1].legend(title="first layer", fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    sns.despine(figure, left=True)
    figure.tight_layout()
    return figure


def map_scores_alt(table: pd.DataFrame, dataset: str, line: str) -> str:
    """Alt text of `map_scores` of the logit: what the line is, and the mean of each network and method.

    `table` has the networks that are drawn, columns as in `attribution.csv`.
    """
    rows = table[(table["dataset"] == dataset) & (table["target"] == "logit")]
    said = [
        f"{network_title(row.architecture, row.activation)}, {METHODS[row.method]} {row.auroc_mean:.2f}"
        for row in rows.itertuples()
    ]
    first = f"auROC of attribution maps against the truth, {data_title(dataset)}; the line is {line}"
    return f"{first}. {'; '.join(said)}."


def trade_off(table: pd.DataFrame) -> Figure:
    """Draw Relevant beside auPR: a row an activation, the most readable first, a marker a data set and network.

    Columns as in `activations.csv`. Bars are standard deviations over trials.
    """
    order = table.groupby("label", sort=False)["relevant_mean"].mean().sort_values(kind="stable", na_position="first")
    places = {label: place for place, label in enumerate(order.index)}
    figure, axes = plt.subplots(1, 2, figsize=(8.4, 0.27 * len(places) + 1.3), sharey=True)
    networks = list(dict.fromkeys(zip(table["dataset"], table["architecture"], strict=True)))
    columns = {"relevant": "filters that match a TF of the classes", "aupr": "auPR on the test set"}
    for ax, (name, title) in zip(axes, columns.items(), strict=True):
        for shift, marker, (dataset, architecture) in zip(
            spread(len(networks)), cycle(MARKERS), networks, strict=False
        ):
            rows = table[(table["dataset"] == dataset) & (table["architecture"] == architecture)]
            y = rows["label"].map(places) + shift
            ax.errorbar(
                *(rows[f"{name}_mean"], y),
                xerr=rows[f"{name}_std"],
                fmt=marker,
                markersize=5,
                linewidth=1,
                label=f"{architecture_title(architecture)}, {data_title(dataset)}",
            )
        ax.set_xlabel(title, fontsize=9)
        ax.grid(axis="y", color="0.92")
        ax.set_axisbelow(True)
    axes[0].set(xlim=(-0.03, 1.03), yticks=list(places.values()))
    axes[0].set_yticklabels([activation_title(label) for label in places], fontsize=8)
    axes[1].tick_params(axis="y", length=0)
    axes[1].legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    sns.despine(figure, left=True)
    figure.tight_layout(w_pad=2)
    return figure


def spread(number: int) -> np.ndarray:
    """Shifts of so many markers about the middle of a row of height 1."""
    return np.linspace(-0.2, 0.2, number) if number > 1 else np.zeros(1)


def by_layer(table: pd.DataFrame) -> Figure:
    """Draw the share of relevant filters of each layer, a line a design (as `deeper.csv`); controls are grey."""
    figure, ax = plt.subplots(figsize=(6.5, 4))
    for (label, control), rows in table.groupby(["activations", "control"], sort=False):
        x, y = rows["layer"], rows["relevant_mean"]
        if control:
            ax.plot(x, y, color=GREY, linestyle=CONTROL_LINES[control])
        else:
            ax.errorbar(x, y, rows["relevant_std"], marker="o", label=activation_title(label))
    for control, line in CONTROL_LINES.items():
        if (table["control"] == control).any():
            ax.plot([], [], color=GREY, linestyle=line, label=control)
    ax.set(xlabel="layer", ylabel="share that match a motif", ylim=(-0.03, 1.03), xticks=sorted(set(table["layer"])))
    ax.legend(fontsize=8, frameon=False, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.15))
    sns.despine(ax=ax)
    return figure


def intervals(table: pd.DataFrame, labels: list[str], xlabel: str) -> Figure:
    """Draw effects with their intervals (columns effect, low, high), a row each, and a line at no effect."""
    figure, ax = plt.subplots(figsize=(6, 0.34 * len(table) + 0.9))
    places = np.arange(len(table))[::-1]
    ax.axvline(0, color="0.6", linewidth=1)
    ax.hlines(places, table["low"], table["high"], color="#5b6770")
    ax.plot(table["effect"], places, "o", color="#c1440e")
    ax.set_yticks(places, labels, fontsize=9)
    ax.set(xlabel=xlabel, ylim=(-0.6, len(table) - 0.4))
    sns.despine(ax=ax, left=True)
    return figure


def heat_map(table: pd.DataFrame, title: str) -> Figure:
    """Draw a table of numbers as a heat map around 0: rows are named motifs, columns classes."""
    table = table.rename(index=shortened, columns=shortened)  # here, as ticks are named again when they are drawn
    figure, ax = plt.subplots(figsize=(2.8 + 0.7 * table.shape[1], 1 + 0.22 * len(table)))
    sns.heatmap(table, center=0, cmap="vlag", annot=True, fmt=".2f", annot_kws={"fontsize": 8}, cbar=False, ax=ax)
    ax.set(xlabel="", ylabel="")
    ax.set_title(title, fontsize=10)
    ax.tick_params(axis="y", rotation=0)
    return figure


def position_curves(histogram: pd.DataFrame, filters: list[str], title: str) -> Figure:
    """Draw where along the sequence some filters' sites lie: a curve a filter, as share of its sites.

    `histogram` has a row a filter and a column a bin, named by the bin's centre in nucleotides.
    """
    figure, ax = plt.subplots(figsize=(7, 3))
    ax.set_prop_cycle(plt.cycler(linestyle=["-", "--"]) * plt.cycler(color=LINE_COLOURS))
    for name in filters:
        row = histogram.loc[name]
        ax.plot(row.index.astype(float), row / max(row.sum(), 1), label=name, linewidth=1.2)
    ax.set(xlabel="position of the site's centre (nt)", ylabel="share of its sites", ylim=(0, None))
    ax.set_title(title, fontsize=10)
    if filters:
        ax.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    sns.despine(ax=ax)
    return figure
