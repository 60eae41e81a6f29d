/* The network interfaces of this machine, as the kernel tells them. Control thread. */
#ifndef ONLOOKER_CLI_OWN_INTERFACES_H
#define ONLOOKER_CLI_OWN_INTERFACES_H

#include "classify/sensor.h"

/* Those with a MAC address of six octets, at most SENSOR_INTERFACES; none when the kernel does not tell. */
void own_interfaces_find(struct sensor_interfaces *out);

#endif
