// The next mini-batch, found by a counter on the device, so that a captured step serves every batch:
// x = scale · images[order[counter · batch + m]], y = the unit vectors of the labels.
// backend/cuda_primitives.py writes Real, float or double, ahead of this text.

extern "C" __global__ void gather_next(const unsigned char* images, const int* labels,
                                       const int* order, const int* counter, Real* x, Real* y,
                                       Real scale, int batch, int features, int classes) {
    int m = blockIdx.x;
    long long row = order[(long long)*counter * batch + m];
    for (int i = threadIdx.x; i < features; i += blockDim.x)
        x[(long long)m * features + i] = images[row * features + i] * scale;
    for (int c = threadIdx.x; c < classes; c += blockDim.x)
        y[(long long)m * classes + c] = c == labels[row] ? (Real)1 : (Real)0;
}

extern "C" __global__ void advance(int* counter) { *counter += 1; }
