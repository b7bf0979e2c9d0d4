"""Training on TensorFlow: many steps in one compiled call, one network at a time."""

import numpy as np
import tensorflow as tf

from expact_utils.networks import engine


def trials_at_once() -> int:
    """One: a network keeps two cores busy, and TensorFlow's convolutions take no axis of trials."""
    return 1


def device() -> str:
    """Devices that TensorFlow sees."""
    gpus = tf.config.list_physical_devices("GPU")
    names = [tf.config.experimental.get_device_details(gpu).get("device_name", "GPU") for gpu in gpus]
    return f"TensorFlow on {', '.join(names) or 'CPU'}"


class Engine(engine.Engine):
    """See `engine.Engine`."""

    def __init__(self, models):
        tf.config.experimental.enable_op_determinism()
        super().__init__(models)
        self._run = None
        self._predict = tf.function(self._probabilities, reduce_retracing=True)

    def prepare(self, codes, labels, batch_size):
        """See `engine.Engine`: no step is made."""
        self.run(codes, labels, np.zeros((1, 0, batch_size), "int32"), np.zeros((1, 2), "uint32"), 0)

    def run(self, codes, labels, order, seeds, first_step):
        """See `engine.Engine`."""
        batches = [tf.constant(value) for value in (order[0], seeds[0].astype("int64"), np.int64(first_step))]
        self._run = self._run or self._compiled(codes.shape[1], labels, order.shape[2])
        return self._run(codes, labels, *batches).numpy()

    def _compiled(self, length: int, labels, batch_size: int):
        """`_steps` for any number of sequences and steps."""
        shapes = (None, length), (None, labels.shape[1]), (None, batch_size), (2,), ()
        types = "int8", labels.dtype, "int32", "int64", "int64"
        signature = [tf.TensorSpec(*of_one) for of_one in zip(shapes, types, strict=True)]
        return tf.function(self._steps, input_signature=signature)

    def _steps(self, codes, labels, order, seeds, step):
        total = tf.zeros(1)
        for rows in order:
            batch = tf.ensure_shape(tf.gather(codes, rows), (order.shape[1], codes.shape[1]))
            total += self._step(
                tf.one_hot(batch, 4)[None], tf.gather(labels, rows)[None], tf.concat([seeds, [step]], 0)
            )
            step += 1
        return total

    def _step(self, x, labels, seeds):
        weights, moving = ([variable.value for variable in of] for of in (self.weights, self.moving))
        with tf.GradientTape() as tape:
            probabilities, moved = self._forward(weights, moving, x, seeds)
            loss = tf.reduce_mean(self._loss(labels, probabilities), axis=1)
            objective = tf.reduce_sum(loss) + self._penalty(weights)
        self.optimizer.apply(tape.gradient(objective, weights), self.weights)
        for variable, value in zip(self.moving, moved, strict=True):
            variable.assign(value)
        return loss

    def _probabilities(self, codes):
        weights, moving = ([variable.value for variable in of] for of in (self.weights, self.moving))
        return self._forward(weights, moving, tf.one_hot(codes, 4)[None])[0]

    @staticmethod
    def convolve(x, kernel, padding: str):
        """Convolution of x, shape=(1, batch, length, channels), by a kernel, shape=(1, width, channels, filters)."""
        return tf.nn.conv1d(tf.squeeze(x, 0), tf.squeeze(kernel, 0), 1, padding.upper())[None]

    @staticmethod
    def max_pool(x, size: int):
        """Maximum of every `size` positions, the rest left out."""
        return tf.nn.max_pool1d(tf.squeeze(x, 0), size, size, "VALID")[None]

    @staticmethod
    def moments(y):
        """Mean and mean square of each channel, shape=(1, channels)."""
        return _moments(tf.reshape(y, (-1, y.shape[-1])))

    @staticmethod
    def affine(y, scale, shift):
        """Multiply and shift each channel; scale, shift: shape=(1, channels)."""
        return tf.reshape(_affine(tf.reshape(y, (-1, y.shape[-1])), scale, shift), tf.shape(y))

    @staticmethod
    def random_bits(seeds, layer: int, shape):
        """Random uint16 for a layer; seeds: the epoch's two and the step."""
        size = int(np.prod(shape))
        seed = tf.stack([seeds[0] + seeds[2], seeds[1] + layer])
        bits = tf.random.stateless_uniform([(size + 1) // 2], seed, minval=None, maxval=None, dtype=tf.int32)
        return tf.reshape(tf.reshape(tf.bitcast(bits, tf.uint16), [-1])[:size], shape)


# Sums of columns are fastest as products with a row of ones; the gradients take as few passes as there can be.


@tf.custom_gradient
def _moments(y):
    rows = y.shape[0]
    weights = tf.fill((1, rows), 1 / rows)

    def gradient(of_mean, of_mean_square):
        return y * (of_mean_square * (2 / rows)) + of_mean / rows

    return (tf.matmul(weights, y), tf.matmul(weights, y * y)), gradient


@tf.custom_gradient
def _affine(y, scale, shift):
    def gradient(of_result):
        ones = tf.ones((1, y.shape[0]))
        return of_result * scale, tf.matmul(ones, of_result * y), tf.matmul(ones, of_result)

    return y * scale + shift, gradient
