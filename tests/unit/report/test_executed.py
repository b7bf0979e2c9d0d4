"""Executed notebooks as pages."""

import copy
import re

from nbformat import v4

from expact_utils.report import executed


def image(name, alt):
    return v4.new_output("display_data", {"image/png": "AA=="}, metadata={"image/png": {"alt": alt}, "figure": name})


def test_a_page_gets_title_alt_text_caption_and_files():
    curve = image("losses", "A curve of <b>x</b>. It falls.")
    cells = [
        v4.new_markdown_cell("# Training\n\nText."),
        v4.new_code_cell("epochs = 100", metadata={"tags": ["parameters", "hide-input"]}),
        v4.new_code_cell("epochs = 3", metadata={"tags": ["injected-parameters"]}),
        v4.new_code_cell("plot()", outputs=[v4.new_output("stream", name="stderr", text="/home/me: careful"), curve]),
    ]
    page = executed.as_page(v4.new_notebook(cells=cells), "Training: CNN-2, ReLU", ["losses.svg", "other.pdf"])
    assert page.cells[0].source == "# Training: CNN-2, ReLU\n\nText."
    assert page.cells[2].metadata["tags"] == ["injected-parameters", "hide-input"]
    assert page.cells[3].outputs == [curve]
    assert page.cells[3].metadata["mystnb"] == {
        "image": {"alt": "A curve of <b>x</b>. It falls."},
        "figure": {
            "name": "figure-losses",
            "caption": r"A curve of \<b\>x\<\/b\>. "
            '<a href="#how-this-page-was-made">How this was made</a> · '
            "{download}`SVG </chapters/figures/losses.svg>` · PDF: made by `make paper`",
        },
    }


def test_each_image_of_a_cell_is_a_figure_of_its_own():
    text = v4.new_output("stream", name="stdout", text="done")
    cell = v4.new_code_cell("plot()", outputs=[text, image("a", "First."), image("b", "Second."), text])
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell("# Title"), cell])
    assert executed.figures(notebook) == ["a", "b"]
    cells = executed.as_page(notebook, "Title").cells[1:]
    assert [[output.get("name") for output in cell.outputs] for cell in cells] == [
        ["stdout"],
        [None],
        [None],
        ["stdout"],
    ]
    # A cell without source would not be on the page.
    assert [cell.source for cell in cells] == ["plot()", *["# continued"] * 3]
    assert all("remove-input" in cell.metadata["tags"] for cell in cells[1:])
    # A table beside an image would be a second figure of its name.
    figures = [cell.metadata["mystnb"]["figure"]["name"] if "mystnb" in cell.metadata else None for cell in cells]
    assert figures == [None, "figure-a", "figure-b", None]
    assert cells[1].metadata["mystnb"]["image"]["alt"] == "First."


def test_where_files_were_written_is_not_for_readers():
    told = [
        v4.new_output("stream", name="stdout", text="30 filters\nwrote runs/a/b.meme\n"),
        v4.new_output("stream", name="stdout", text="wrote runs/a/c.csv\n"),
    ]
    cells = [v4.new_markdown_cell("# Filters"), v4.new_code_cell("make()", outputs=told)]
    page = executed.as_page(v4.new_notebook(cells=cells), "Filters")
    assert [output.text for output in page.cells[1].outputs] == ["30 filters\n"]


def test_a_page_names_its_notebook_and_its_parameters():
    table = "<table><tbody>\n<tr><th>commit</th><td>0d7c</td></tr></tbody></table>"
    outputs = [v4.new_output("display_data", {"text/html": table})]
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell("# A"), v4.new_code_cell("origin", outputs=outputs)])
    notebook.metadata["papermill"] = {"input_path": "notebooks/a.ipynb", "parameters": {"seed": 0, "name": "<x>"}}
    made = executed.as_page(notebook, "A").cells[1].outputs[0].data["text/html"]
    assert re.findall("<th.*?>(.*?)</th><td.*?>(.*?)</td>", made) == [
        ("notebook", "notebooks/a.ipynb"),
        ("parameters", "seed: 0, name: &lt;x&gt;"),
        ("commit", "0d7c"),
    ]


def test_a_page_made_again_is_the_same():
    outputs = [v4.new_output("stream", name="stdout", text="done"), image("a", "First."), image("b", "Second.")]
    table = "<table><tbody><tr><th>commit</th><td>0d7c</td></tr></tbody></table>"
    cells = [
        v4.new_markdown_cell("# A"),
        v4.new_code_cell("seed = 1", metadata={"tags": ["parameters", "hide-input"]}),
        v4.new_code_cell("seed = 2", metadata={"tags": ["injected-parameters"]}),
        v4.new_code_cell("plot()", outputs=outputs),
        v4.new_code_cell("origin", outputs=[v4.new_output("display_data", {"text/html": table})]),
    ]
    notebook = v4.new_notebook(cells=cells)
    notebook.metadata["papermill"] = {"input_path": "notebooks/a.ipynb", "parameters": {"seed": 2}}
    page = executed.as_page(notebook, "B", ["a.svg"])
    assert executed.as_page(copy.deepcopy(page), "B", ["a.svg"]) == page
