"""Executed notebooks as pages."""

from nbformat import v4

from expact_utils import executed


def image(name, alt):
    return v4.new_output("display_data", {"image/png": "AA=="}, metadata={"image/png": {"alt": alt}, "figure": name})


def test_a_page_gets_title_alt_text_caption_and_files():
    curve = image("losses", "A curve of <b>x</b>. It falls.")
    cells = [
        v4.new_markdown_cell("# Training\n\nText."),
        v4.new_code_cell("epochs = 3", metadata={"tags": ["injected-parameters"]}),
        v4.new_code_cell("plot()", outputs=[v4.new_output("stream", name="stderr", text="/home/me: careful"), curve]),
    ]
    page = executed.as_page(v4.new_notebook(cells=cells), "Training: CNN-2, ReLU", ["losses.svg", "other.pdf"])
    assert page.cells[0].source == "# Training: CNN-2, ReLU\n\nText."
    assert "hide-input" in page.cells[1].metadata["tags"]
    assert page.cells[2].outputs == [curve]
    assert page.cells[2].metadata["mystnb"] == {
        "image": {"alt": "A curve of <b>x</b>. It falls."},
        "figure": {
            "name": "figure-losses",
            "caption": r"A curve of \<b\>x\<\/b\>. "
            '<a href="#how-this-page-was-made">How this was made</a> · '
            "{download}`SVG </chapters/figures/losses.svg>`",
        },
    }


def test_each_image_of_a_cell_is_a_figure_of_its_own():
    text = v4.new_output("stream", name="stdout", text="done")
    cell = v4.new_code_cell("plot()", outputs=[text, image("a", "First."), image("b", "Second."), text])
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell("# Title"), cell])
    assert executed.figures(notebook) == ["a", "b"]
    first, second = executed.as_page(notebook, "Title").cells[1:]
    assert first.source == "plot()"
    assert [output.get("name") for output in first.outputs] == ["stdout", None]
    assert [output.get("name") for output in second.outputs] == [None, "stdout"]
    assert first.metadata["mystnb"]["image"]["alt"] == "First."
    assert second.metadata["mystnb"]["figure"]["name"] == "figure-b"
    assert "remove-input" in second.metadata["tags"]
