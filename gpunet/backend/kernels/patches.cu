// The patches of images that a kernel of k × k pixels sees, and the way back: see backend/plain.py.
// images (channels, height, width, m), patches (channels, k, k, height − k + 1, width − k + 1, m);
// one thread a number that is written, so that no two threads write one place, in any order.
// backend/cuda_primitives.py writes Real, float or double, ahead of this text.

// patches[c, i, j, y, x] = images[c, y + i, x + j]
extern "C" __global__ void gather_patches(const Real* images, Real* patches, int channels,
                                          int height, int width, int m, int k) {
    int rows = height - k + 1, columns = width - k + 1;
    long long at = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= (long long)channels * k * k * rows * columns * m) return;
    long long rest = at / m;
    int sample = at % m, x = rest % columns, y = (rest /= columns) % rows;
    int j = (rest /= rows) % k, i = (rest /= k) % k;
    long long channel = rest / k;
    patches[at] = images[((channel * height + y + i) * width + x + j) * m + sample];
}

// images[c, y, x] = the sum of patches[c, i, j, y − i, x − j] over all i and j that there are
extern "C" __global__ void scatter_patches(Real* images, const Real* patches, int channels,
                                           int height, int width, int m, int k) {
    int rows = height - k + 1, columns = width - k + 1;
    long long at = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= (long long)channels * height * width * m) return;
    long long rest = at / m;
    int sample = at % m, x = rest % width, y = (rest /= width) % height;
    long long channel = rest / height;
    Real sum = 0;
    for (int i = 0; i < k; ++i)
        for (int j = 0; j < k; ++j)
            if (y >= i && y - i < rows && x >= j && x - j < columns) {
                long long place = ((channel * k + i) * k + j) * rows + y - i;
                sum += patches[(place * columns + x - j) * m + sample];
            }
    images[at] = sum;
}
