// Max-pooling over rectangles of h × w, and the way back: see max_pooling in backend/plain.py.
// maps (channels, height, width, m), pooled (channels, height / h, width / w, m); one thread a
// rectangle of a sample.
// backend/cuda_primitives.py writes Real, float or double, and Index, int or long long where there
// are that many numbers, ahead of this text.

// A NaN is larger than all but another.
__device__ __forceinline__ bool larger(Real value, Real most) {
    return value > most || (value != value && most == most);
}

extern "C" __global__ void pool(const Real* maps, Real* pooled, int channels, int height, int width,
                                int m, int h, int w) {
    int rows = height / h, columns = width / w;
    Index at = (Index)blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= (Index)channels * rows * columns * m) return;
    Index rest = at / m;
    int sample = at % m, x = rest % columns, y = (rest /= columns) % rows;
    Index channel = rest / rows;
    const Real* corner = maps + ((channel * height + y * h) * width + x * w) * m + sample;
    Real most = corner[0];
    for (int j = 0; j < w; ++j)
        for (int i = 0; i < h; ++i) {
            Real value = corner[((Index)i * width + j) * m];
            most = larger(value, most) ? value : most;
        }
    pooled[at] = most;
}

// maps become ∂C/∂maps, given gradient, ∂C/∂pooled. Rectangles that the lower and the right edge cut
// off have threads of their own, for they take no gradient, and yet it must be written.
extern "C" __global__ void unpool(Real* maps, const Real* gradient, int channels, int height,
                                  int width, int m, int h, int w, int share_ties) {
    int rows = height / h, columns = width / w;
    int down = (height + h - 1) / h, across = (width + w - 1) / w;
    Index at = (Index)blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= (Index)channels * down * across * m) return;
    Index rest = at / m;
    int sample = at % m, x = rest % across, y = (rest /= across) % down;
    Index channel = rest / down;
    Real* corner = maps + ((channel * height + y * h) * width + x * w) * m + sample;
    Real share = 0;
    if (y < rows && x < columns)
        share = gradient[((channel * rows + y) * columns + x) * m + sample];
    int tall = y < rows ? h : height - y * h, wide = x < columns ? w : width - x * w;
    Real most = corner[0];
    Index first = 0;
    for (int j = 0; j < wide; ++j)
        for (int i = 0; i < tall; ++i) {
            Index here = ((Index)i * width + j) * m;
            if (larger(corner[here], most)) most = corner[first = here];
        }
    for (int j = 0; j < wide; ++j)
        for (int i = 0; i < tall; ++i) {
            Index here = ((Index)i * width + j) * m;
            corner[here] = (share_ties ? corner[here] == most : here == first) ? share : 0;
        }
}
