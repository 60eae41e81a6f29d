/* Whole files, of any format or compression, through a source; from a memory file. */
#include "capture/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every octet is read, so that the sanitizer sees a frame that reaches past its memory. */
static volatile uint8_t sum;

static void read_all(struct source *s)
{
	static struct batch batch;
	uint64_t ordinal = 0;
	while (source_poll(s, 0, &batch) != SOURCE_END)
		for (uint32_t i = 0; i < batch.count; i++) {
			const struct frame *f = &batch.frames[i];
			if (f->ordinal != ++ordinal || f->wirelen < f->caplen || f->link > LINK_UNKNOWN)
				abort();
			for (uint32_t k = 0; k < f->caplen; k++)
				sum ^= f->data[k];
		}
	struct error error;
	if (source_result(s, &error) && !error.text[0])
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd < 0)
		abort();
	char path[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	const char *name = path;
	struct source_options o = {.files = &name, .n_files = 1, .queues = 1};
	struct source *s;
	struct error error = {{0}};
	if (write(fd, data, size) != (ssize_t)size)
		abort();
	if (!source_open(&o, &s, &error)) {
		read_all(s);
		source_close(s);
	} else if (!error.text[0]) {
		abort();
	}
	close(fd);
	return 0;
}
