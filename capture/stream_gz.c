/* gzip (RFC 1952), several members in one file too. The home of zlib. */
#include "capture/stream.h"

#include <stdlib.h>
#include <zlib.h>

static bool open_gz(struct stream *s)
{
	z_stream *z = calloc(1, sizeof *z);
	if (z && inflateInit2(z, 15 + 16) != Z_OK) {
		free(z);
		z = NULL;
	}
	s->state = z;
	return z != NULL;
}

/* Between two members the file may end; inside one it may not. */
static bool between(const z_stream *z)
{
	return z->total_in == 0;
}

static enum stream_state read_gz(struct stream *s, uint8_t *out, size_t room, size_t *got)
{
	z_stream *z = s->state;
	for (*got = 0; !*got;) {
		enum stream_state state = stream_raw(s);
		if (state == STREAM_END && !between(z)) {
			s->failed = "the gzip data is cut";
			return STREAM_FAILED;
		}
		if (state != STREAM_MORE)
			return state;
		z->next_in = s->raw + s->raw_at;
		z->avail_in = (uInt)(s->raw_end - s->raw_at);
		z->next_out = out;
		z->avail_out = (uInt)room;
		int rc = inflate(z, Z_NO_FLUSH);
		s->raw_at = s->raw_end - z->avail_in;
		*got = room - z->avail_out;
		if (rc == Z_STREAM_END)
			rc = inflateReset(z);
		if (rc != Z_OK && rc != Z_BUF_ERROR) {
			s->failed = "the gzip data is corrupt";
			return *got ? STREAM_MORE : STREAM_FAILED;
		}
	}
	return STREAM_MORE;
}

static void close_gz(struct stream *s)
{
	inflateEnd(s->state);
	free(s->state);
}

const struct stream_kind stream_gz = {
	.name = "gzip",
	.magic = {0x1f, 0x8b},
	.magic_len = 2,
	.open = open_gz,
	.read = read_gz,
	.close = close_gz,
};
