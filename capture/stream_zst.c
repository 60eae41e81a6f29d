/* Zstandard (RFC 8878), several frames in one file too. The home of libzstd. */
#include "capture/stream.h"

#include <stdlib.h>
#include <zstd.h>

struct unzst {
	ZSTD_DStream *stream;
	bool inside; /* a frame has begun and not ended */
};

static bool open_zst(struct stream *s)
{
	struct unzst *u = calloc(1, sizeof *u);
	if (u && !(u->stream = ZSTD_createDStream())) {
		free(u);
		u = NULL;
	}
	s->state = u;
	return u != NULL;
}

static enum stream_state read_zst(struct stream *s, uint8_t *out, size_t room, size_t *got)
{
	struct unzst *u = s->state;
	for (*got = 0; !*got;) {
		enum stream_state state = stream_raw(s);
		if (state == STREAM_END && u->inside) {
			/* what the decoder still holds comes out without new input */
			ZSTD_inBuffer none = {NULL, 0, 0};
			ZSTD_outBuffer rest = {out, room, 0};
			size_t rc = ZSTD_decompressStream(u->stream, &rest, &none);
			*got = rest.pos;
			u->inside = ZSTD_isError(rc) || rc != 0;
			if (*got)
				return STREAM_MORE;
			if (u->inside) {
				s->failed = "the Zstandard data is cut";
				return STREAM_FAILED;
			}
		}
		if (state != STREAM_MORE)
			return state;
		ZSTD_inBuffer in = {s->raw, s->raw_end, s->raw_at};
		ZSTD_outBuffer o = {out, room, 0};
		size_t rc = ZSTD_decompressStream(u->stream, &o, &in);
		s->raw_at = in.pos;
		*got = o.pos;
		if (ZSTD_isError(rc)) {
			s->failed = "the Zstandard data is corrupt";
			return *got ? STREAM_MORE : STREAM_FAILED;
		}
		u->inside = rc != 0;
	}
	return STREAM_MORE;
}

static void close_zst(struct stream *s)
{
	struct unzst *u = s->state;
	ZSTD_freeDStream(u->stream);
	free(u);
}

const struct stream_kind stream_zst = {
	.name = "Zstandard",
	.magic = {0x28, 0xb5, 0x2f, 0xfd},
	.magic_len = 4,
	.open = open_zst,
	.read = read_zst,
	.close = close_zst,
};
