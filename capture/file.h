/* One capture file, read record by record in place: classic pcap and pcapng as rows of a table.
 *
 * Owned by the reader; one thread at a time. Frames point into the file's buffer and stay valid until
 * file_refill(), which is the only call that reads or moves memory.
 */
#ifndef ONLOOKER_CAPTURE_FILE_H
#define ONLOOKER_CAPTURE_FILE_H

#include "capture/frame.h"
#include "capture/stream.h"
#include "core/cursor.h"
#include "core/error.h"

#include <stdbool.h>

#define FILE_FRAME_BYTES (256u << 10) /* the longest frame that is believed */

enum file_state {
	FILE_FRAMES, /* take() may find more in the buffer */
	FILE_REFILL, /* the next record is not whole in the buffer */
	FILE_END,
	FILE_DAMAGED /* cut or corrupt: file->damage has the sentence */
};

struct file;

/* A format: how a file says what it is and how its records are taken. */
struct file_format {
	const char *name;
	/* True when the first four bytes are this format's. */
	bool (*match)(const uint8_t magic[4]);
	/* Reads the file header; the stream holds at least four bytes. */
	int (*open)(struct file *f, struct error *error);
	/* Takes up to `room` whole records from the buffer into frames (all but ordinal set); returns how many
	 * and leaves file->state. Never reads. */
	uint32_t (*take)(struct file *f, struct frame *frames, uint32_t room);
	void (*close)(struct file *f);
	/* Calls `each` for the link types known after open; a non-zero answer ends it and is returned. */
	int (*links)(const struct file *f, int (*each)(enum link link, void *to), void *to);
};

struct file {
	const char *path; /* the caller's, as given */
	const char *name; /* for evidence */
	const struct file_format *format;
	struct stream stream;
	enum file_state state;
	uint16_t index;  /* becomes frame.source */
	uint64_t number; /* records seen so far */
	uint64_t skip;   /* octets of a record too long for the buffer that are still to be stepped over */
	struct error damage;
	/* classic pcap */
	bool swapped;          /* the file's byte order is not ours */
	uint16_t record_bytes; /* length of a record header */
	uint16_t link;         /* enum link of the whole file */
	uint32_t fraction_ns;  /* nanoseconds in a unit of the second time word */
	/* pcapng */
	struct pcapng *ng;
};

extern const struct file_format file_pcap, file_pcapng, file_snoop;

/* Opens `path` and reads its header. 0, or ERROR_USAGE / ERROR_FAILED with a sentence and nothing left open. */
int file_open(struct file *f, const char *path, uint16_t index, struct error *error);
void file_close(struct file *f);

/* Reads more. Sets file->state: FILE_FRAMES when there is more to take, FILE_REFILL when a pipe has nothing
 * just now, FILE_END, or FILE_DAMAGED. Frames taken before become invalid. */
void file_refill(struct file *f);

/* For formats: notes the damage at the next unread byte. `what` says what is wrong there. */
void file_damaged(struct file *f, const char *what);

/* For formats: the failure of open() for a link type that has no row. */
int file_unknown_link(const struct file *f, uint32_t number, struct error *error);

#endif
