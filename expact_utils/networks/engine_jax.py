"""Training on JAX: an epoch in one compiled call, many networks at a time as products of matrices.

A graphics card computes one network of this size far below its speed. With a leading axis of trials each convolution
is one product of matrices for all of them: shifted copies of the input, side by side, times the kernels.
"""

import jax
import jax.numpy as jnp
import numpy as np

from expact_utils.networks import engine

TRIALS_ON_GPU = 10
# On a graphics card two runs of one program may otherwise choose other kernels, or add up in another order.
COMPILER_OPTIONS = {"xla_gpu_deterministic_ops": True}


def trials_at_once() -> int:
    """Ten on a graphics card, where they take little longer than one; one on a CPU, where nothing is gained."""
    return 1 if jax.default_backend() == "cpu" else TRIALS_ON_GPU


def device() -> str:
    """First device that JAX sees."""
    return f"JAX on {'CPU' if jax.default_backend() == 'cpu' else jax.devices()[0].device_kind}"


class Engine(engine.Engine):
    """See `engine.Engine`."""

    def __init__(self, models):
        super().__init__(models)
        self._run = jax.jit(self._steps, compiler_options=COMPILER_OPTIONS)
        self._probabilities = jax.jit(self._compute, compiler_options=COMPILER_OPTIONS)

    def run(self, codes, labels, order, seeds, first_step):
        """See `engine.Engine`."""
        batches = codes, labels, order.swapaxes(0, 1), seeds, np.uint32(first_step)
        values, losses = self._run(self._values(), self.shares, *batches)
        for variable, value in zip(self.variables, jax.tree.leaves(values), strict=True):
            variable.assign(value)
        return np.asarray(losses)

    def _predict(self, codes):
        return self._probabilities(self._values()[:2], codes)

    def _values(self):
        groups = self.weights, self.moving, self.optimizer.variables
        return tuple([variable.value for variable in group] for group in groups)

    def _steps(self, values, shares, codes, labels, order, seeds, first_step):
        keys = jax.random.wrap_key_data(seeds, impl="threefry2x32")

        def step(carried, rows):
            values, number = carried
            values, losses = self._step(
                values,
                shares,
                jax.nn.one_hot(codes[rows], 4),
                labels[rows],
                jax.vmap(jax.random.fold_in, (0, None))(keys, number),
            )
            return (values, number + 1), losses

        (values, _), losses = jax.lax.scan(step, (values, first_step), order)
        return values, losses.sum(axis=0)

    def _step(self, values, shares, x, labels, keys):
        weights, moving, optimizer = values

        def objective(weights):
            probabilities, moved = self._forward(weights, moving, x, keys)
            losses = self._loss(labels, probabilities).mean(axis=1)
            return losses.sum() + self._penalty(weights), (losses, moved)

        gradients, (losses, moved) = jax.grad(objective, has_aux=True)(weights)
        stepped, optimizer = self.optimizer.stateless_apply(optimizer, gradients, weights)
        weights = [self._share(shares, *pair) for pair in zip(weights, stepped, strict=True)]
        return (weights, moved, list(optimizer)), losses

    @staticmethod
    def _share(shares, before, after):
        """Go each trial's share of a step, which is as long as the learning rate is high."""
        of_trial = shares.reshape(-1, *[1] * (before.ndim - 1))
        return jnp.where(of_trial == 1, after, before + of_trial * (after - before))

    def _compute(self, values, codes):
        weights, moving = values
        return self._forward(weights, moving, jax.nn.one_hot(codes, 4)[None])[0]

    @staticmethod
    def convolve(x, kernel, padding: str):
        """Convolution as products of matrices; x: shape=(trials or 1, batch, length, channels)."""
        trials, width, channels, filters = kernel.shape
        if padding == "same":
            x = jnp.pad(x, ((0, 0), (0, 0), ((width - 1) // 2, width // 2), (0, 0)))
        length = x.shape[2] - width + 1
        windows = jnp.concatenate([x[:, :, i : i + length] for i in range(width)], axis=-1)
        product = jnp.matmul(
            windows.reshape(len(x), -1, width * channels), kernel.reshape(trials, width * channels, filters)
        )
        return product.reshape(trials, x.shape[1], length, filters)

    @staticmethod
    def max_pool(x, size: int):
        """Maximum of every `size` positions, the rest left out."""
        trials, batch, length, channels = x.shape
        whole = length // size
        return x[:, :, : whole * size].reshape(trials, batch, whole, size, channels).max(axis=3)

    @staticmethod
    def moments(y):
        """Mean and mean square of each channel, shape=(trials, channels)."""
        axes = tuple(range(1, y.ndim - 1))
        return y.mean(axes), (y * y).mean(axes)

    @staticmethod
    def random_bits(keys, layer: int, shape):
        """Random uint16 for a layer, from a key a trial."""
        return jax.vmap(lambda key: jax.random.bits(jax.random.fold_in(key, layer), shape[1:], "uint16"))(keys)
