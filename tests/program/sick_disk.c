/* Makes the disk sick under the program it is loaded into (LD_PRELOAD): while the file named by SICK_DISK says «wait»,
 * whoever waits for a write-ahead log to be on the disk goes on waiting; while it says «fail» he hears that it is not.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef int sync_fn(int);

static void read_word(char word[8])
{
	const char *path = getenv("SICK_DISK");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t n = fd < 0 ? 0 : read(fd, word, 7);
	word[n > 0 ? n : 0] = 0;
	if (fd >= 0)
		close(fd);
}

static int is_log(int fd)
{
	char link[64], path[4096];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof path);
	return n > 4 && memcmp(path + n - 4, "-wal", 4) == 0;
}

int fdatasync(int fd)
{
	char word[8];
	void *found = dlsym(RTLD_NEXT, "fdatasync");
	sync_fn *real;
	memcpy(&real, &found, sizeof real);
	if (!is_log(fd))
		return real(fd);
	for (read_word(word); strncmp(word, "wait", 4) == 0; read_word(word))
		nanosleep(&(struct timespec){0, 50000000}, NULL);
	if (strncmp(word, "fail", 4) != 0)
		return real(fd);
	errno = EIO;
	return -1;
}
