#include "cli/site_key.h"

#include "classify/digest.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_BYTES 4096

static const struct hash_key fixed_key = {0x4f6e6c6f6f6b6572ull, 0x73697465206b6579ull};

/* Without what an editor puts at the end of a text; other octets count as they are. */
static size_t trimmed(const unsigned char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isprint(data[i]) && !isspace(data[i]))
			return len;
	while (len && isspace(data[len - 1]))
		len--;
	return len;
}

static uint64_t word(const uint8_t *at)
{
	uint64_t w = 0;
	for (unsigned i = 0; i < 8; i++)
		w = w << 8 | at[i];
	return w;
}

/* Whole, as far as it goes into the buffer; -1 with errno. */
static ssize_t read_all(int fd, unsigned char *data, size_t room)
{
	size_t n = 0;
	for (;;) {
		ssize_t got = n < room ? read(fd, data + n, room - n) : 0;
		if (got < 0)
			return -1;
		if (!got)
			return (ssize_t)n;
		n += (size_t)got;
	}
}

static int no_file(const char *path, int fd, struct error *error)
{
	int code = errno;
	if (fd >= 0)
		close(fd);
	return error_set(error, ERROR_USAGE, "--site-key: %s: %s; name a file with the site's key", path,
			 strerror(code));
}

int site_key_read(const char *path, struct hash_key *out, struct error *error)
{
	struct stat status;
	unsigned char data[MOST_BYTES + 1];
	uint8_t digest[32];
	*out = fixed_key;
	if (!path)
		return 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) != 0)
		return no_file(path, fd, error);
	if (status.st_mode & S_IRWXO) {
		close(fd);
		return error_set(error, ERROR_USAGE, "--site-key: %s: everybody may read or change it; chmod 600 %s",
				 path, path);
	}
	ssize_t n = read_all(fd, data, sizeof data);
	if (n < 0)
		return no_file(path, fd, error);
	close(fd);
	size_t len = n > MOST_BYTES ? 0 : trimmed(data, (size_t)n);
	if (len) {
		digest_sha256(data, len, digest);
		*out = (struct hash_key){word(digest), word(digest + 8)};
	}
	explicit_bzero(data, sizeof data);
	explicit_bzero(digest, sizeof digest);
	if (len)
		return 0;
	return error_set(error, ERROR_USAGE, "--site-key: %s: %s; make one with head -c 32 /dev/urandom", path,
			 n > MOST_BYTES ? "more than 4096 octets are no key" : "there is no key in it");
}
