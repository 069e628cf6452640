// ---- pixels: each warp fetches those of its slab, and keeps them until the update
//
// They stay whole numbers; what is computed with them is multiplied by their scale afterwards.

DEVICE Pixel* slab_of(int thread, int sample) {
    return (Pixel*)(memory + PIXELS_AT) + (thread / WARP * BATCH + sample) * SLAB;
}

// Where in the slab a lane's k-th input lies; the first QUADS lie in fours.
DEVICE int place_in_slab(int thread, int k) {
    int lane = thread % LANES;
    return k < QUADS ? k / 4 * 4 * LANES + lane * 4 + k % 4 : k * LANES + lane;
}

// Where a warp's slab begins in the image, and how many of a lane's inputs it has.
DEVICE int slab_begin(int thread) {
    int warp = thread / WARP;
    return warp * SLAB - (warp > FULL ? (warp - FULL) * LANES : 0);
}
DEVICE int inputs_of(int thread) { return thread / WARP < FULL ? INPUTS : EVEN; }

// Those of the input that not all warps have.
template <typename Use>
DEVICE void last_pixels(const Pixel* ones, Use use) {
    UNROLL
    for (int s = 0; s < UNIT; ++s) use(s, EVEN, (Real)ones[s * SLAB + EVEN * LANES]);
}

// Calls use(s, k, x) with the pixel of each of a lane's inputs, for each sample of a unit.
template <typename Use>
DEVICE void each_pixel(const Pixel* slab, int thread, Use use) {
    const Pixel *fours = slab + place_in_slab(thread, 0), *ones = slab + thread % LANES;
    UNROLL
    for (int s = 0; s < UNIT; ++s) {
        UNROLL
        for (int k = 0; k < QUADS; k += 4) {
            Some<Pixel, 4> four = *(const Some<Pixel, 4>*)(fours + s * SLAB + k * LANES);
            UNROLL
            for (int j = 0; j < 4; ++j) use(s, k + j, (Real)four.at[j]);
        }
        UNROLL
        for (int k = QUADS; k < EVEN; ++k) use(s, k, (Real)ones[s * SLAB + k * LANES]);
    }
    if (EVEN < INPUTS && thread / WARP < FULL) last_pixels(ones, use);
}

// What a thread fetches in a round: whether anything, of which sample, and from where in the slab.
struct Share {
    bool any;
    int sample, at;
};

DEVICE Share share_of(int thread, int round) {
    int lane = thread % WARP;
    int sample, word;
    if constexpr (WORDS < WARP) {
        int row = ROWS_AT_ONCE > 1 ? at_most(lane / WORDS, ROWS_AT_ONCE - 1) : 0;
        sample = round * ROWS_AT_ONCE + row;
        word = lane - row * WORDS;
    } else {
        sample = round % BATCH;
        word = round / BATCH * WARP + lane;
    }
    bool any = word < inputs_of(thread) * LANES / WORD && slab_begin(thread) + word * WORD < SIZES[0];
    constexpr bool exact = ROUNDS * ROWS_AT_ONCE == BATCH && ROUNDS % ASKED == 0;
    return {any && (exact || sample < BATCH), sample, word * WORD};
}

// Asks for what is fetched in ASKED rounds from `round` on.
DEVICE void ask_pixels(int step, int round, int thread, Held& mine) {
    UNROLL
    for (int r = 0; r < ASKED; ++r) {
        Share share = share_of(thread, round + r);
        mine.pixels[r] = 0;  // without it compilers carry the former ones along
        if (!share.any) continue;
        const unsigned char* image = images_of(step)[share.sample];
        mine.pixels[r] = GLOBAL((const Word*)(image + slab_begin(thread) + share.at));
    }
}

// Beyond the image all stays zero, as it was at the beginning.
DEVICE void place_pixels(int round, int thread, const Held& mine) {
    UNROLL
    for (int r = 0; r < ASKED; ++r) {
        Share share = share_of(thread, round + r);
        if (!share.any) continue;
        Pixel* place = slab_of(thread, share.sample) + share.at;
        unsigned word = mine.pixels[r];
        if constexpr (WORD == 4)
            *(Some<Pixel, 4>*)place = {(Pixel)(word & 255), (Pixel)(word >> 8 & 255),
                                       (Pixel)(word >> 16 & 255), (Pixel)(word >> 24)};
        else
            *place = (Pixel)word;
    }
}

// ---- a batch's rows, known two steps before they are needed, and labels, known one step before
//
// Rows that a smaller last batch has not got are the first one's, for their ∂C/∂z are zero.

// What a thread held of `step`, the rows, it now asks the labels of, and for the rows of the next.
// Without TRAINING they are in the order of the split.
template <bool TRAINING>
DEVICE void ask_rows(const Job& job, int step, int thread, Held& mine) {
    UNROLL
    for (int e = 0; e < EACH; ++e) {
        int m = thread + e * THREADS;
        if (m >= BATCH) continue;
        mine.labels[e] = job.labels[mine.rows[e]];
        int at = (step + 1) * BATCH + m;
        mine.rows[e] = m >= rows_in(job, step + 1) ? 0 : TRAINING ? job.order[at] : at;
    }
}

DEVICE void place_rows(const Job& job, int step, int thread, const Held& mine) {
    UNROLL
    for (int e = 0; e < EACH; ++e) {
        int m = thread + e * THREADS;
        if (m >= BATCH) continue;
        labels_of(step)[m] = mine.labels[e];
        images_of(step + 1)[m] = job.images + mine.rows[e] * (long long)SIZES[0];
    }
}
