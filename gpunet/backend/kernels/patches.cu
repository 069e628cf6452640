// The patches of images that a kernel of h × w pixels sees, and the way back: see backend/plain.py.
// images (channels, height, width, m), patches (channels, h, w, height − h + 1, width − w + 1, m);
// one thread a number that is written, so that no two threads write one place, in any order.
// backend/cuda_primitives.py writes Real, float or double, and Index, int or long long where there
// are that many numbers, ahead of this text.

// patches[c, i, j, y, x] = images[c, y + i, x + j]
extern "C" __global__ void gather_patches(const Real* images, Real* patches, int channels,
                                          int height, int width, int m, int h, int w) {
    int rows = height - h + 1, columns = width - w + 1;
    Index at = (Index)blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= (Index)channels * h * w * rows * columns * m) return;
    Index rest = at / m;
    int sample = at % m, x = rest % columns, y = (rest /= columns) % rows;
    int j = (rest /= rows) % w, i = (rest /= w) % h;
    Index channel = rest / h;
    patches[at] = images[((channel * height + y + i) * width + x + j) * m + sample];
}

// images[c, y, x] = the sum of patches[c, i, j, y − i, x − j] over all i and j that there are
extern "C" __global__ void scatter_patches(Real* images, const Real* patches, int channels,
                                           int height, int width, int m, int h, int w) {
    int rows = height - h + 1, columns = width - w + 1;
    Index at = (Index)blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= (Index)channels * height * width * m) return;
    Index rest = at / m;
    int sample = at % m, x = rest % width, y = (rest /= width) % height;
    Index channel = rest / height;
    Real sum = 0;
    for (int i = 0; i < h; ++i)
        for (int j = 0; j < w; ++j)
            if (y >= i && y - i < rows && x >= j && x - j < columns) {
                Index place = ((channel * h + i) * w + j) * rows + y - i;
                sum += patches[(place * columns + x - j) * m + sample];
            }
    images[at] = sum;
}
