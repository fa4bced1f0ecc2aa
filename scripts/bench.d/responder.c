// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
// The floor of a network: answers the frames of a tap, and does it the plain way. One blocking read
// and one write for each frame.
//
//   responder reflect INTERFACE           sends every frame back to where it came from
//   responder ping INTERFACE ADDRESS      answers ARP requests and ICMP echo requests for ADDRESS
//
// Says "ready" when it is attached, and runs until a signal ends it.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_tun.h>
#include <linux/icmp.h>
#include <linux/ip.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <signal.h>
#include <unistd.h>

enum { MAX_FRAME = 65536 };

static const uint8_t our_mac[ETH_ALEN] = {2, 0, 0, 0, 0, 2};

struct arp {
  struct arphdr header;
  uint8_t sender_mac[ETH_ALEN];
  uint32_t sender;
  uint8_t target_mac[ETH_ALEN];
  uint32_t target;
} __attribute__((packed));

static void die(const char *what, const char *why) {
  fprintf(stderr, "responder: %s: %s\n", what, why);
  exit(1);
}

static int attach(const char *name) {
  int tap = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
  if (tap < 0) die("/dev/net/tun", strerror(errno));
  struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
  strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
  if (ioctl(tap, TUNSETIFF, &request) < 0) die(name, strerror(errno));
  return tap;
}

// Makes an answer's addresses of a frame's.
static void turn(struct ethhdr *frame, const uint8_t *source) {
  uint8_t destination[ETH_ALEN];
  memcpy(destination, frame->h_source, ETH_ALEN);
  memmove(frame->h_source, source, ETH_ALEN);
  memcpy(frame->h_dest, destination, ETH_ALEN);
}

static int answer_arp(uint8_t *frame, size_t count, uint32_t address) {
  struct arp *arp = (struct arp *)(frame + ETH_HLEN);
  if (count < ETH_HLEN + sizeof *arp || arp->header.ar_op != htons(ARPOP_REQUEST) ||
      arp->target != address)
    return 0;
  turn((struct ethhdr *)frame, our_mac);
  arp->header.ar_op = htons(ARPOP_REPLY);
  arp->target = arp->sender;
  memcpy(arp->target_mac, arp->sender_mac, ETH_ALEN);
  arp->sender = address;
  memcpy(arp->sender_mac, our_mac, ETH_ALEN);
  return 1;
}

static int answer_echo(uint8_t *frame, size_t count, uint32_t address) {
  struct iphdr *ip = (struct iphdr *)(frame + ETH_HLEN);
  struct icmphdr *icmp = (struct icmphdr *)(frame + ETH_HLEN + sizeof *ip);
  if (count < ETH_HLEN + sizeof *ip + sizeof *icmp || ip->ihl != 5 ||
      ip->protocol != IPPROTO_ICMP || ip->daddr != address || icmp->type != ICMP_ECHO)
    return 0;
  turn((struct ethhdr *)frame, our_mac);
  // Swapped addresses leave the header's checksum as it is.
  ip->daddr = ip->saddr;
  ip->saddr = address;
  icmp->type = ICMP_ECHOREPLY;
  uint32_t sum = icmp->checksum + htons(ICMP_ECHO << 8);  // RFC 1624.
  icmp->checksum = (uint16_t)(sum + (sum >> 16));
  return 1;
}

// Turns a frame into its answer; false when it has none.
static int answer(uint8_t *frame, size_t count, uint32_t address) {
  struct ethhdr *header = (struct ethhdr *)frame;
  if (count < ETH_HLEN) return 0;
  if (!address) {
    uint8_t source[ETH_ALEN];
    memcpy(source, header->h_dest, ETH_ALEN);
    turn(header, source);
    return 1;
  }
  if (header->h_proto == htons(ETH_P_ARP)) return answer_arp(frame, count, address);
  return header->h_proto == htons(ETH_P_IP) && answer_echo(frame, count, address);
}

int main(int count, char **arguments) {
  int reflects = count == 3 && strcmp(arguments[1], "reflect") == 0;
  struct in_addr address = {0};
  if (!reflects && (count != 4 || strcmp(arguments[1], "ping") != 0 ||
                    inet_pton(AF_INET, arguments[3], &address) != 1)) {
    fprintf(stderr, "usage: responder reflect INTERFACE | responder ping INTERFACE ADDRESS\n");
    return 2;
  }
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  int tap = attach(arguments[2]);
  printf("ready\n");
  fflush(stdout);
  static uint8_t frame[MAX_FRAME];
  while (1) {
    ssize_t size = read(tap, frame, sizeof frame);
    if (size < 0) die("read", strerror(errno));
    if (answer(frame, (size_t)size, address.s_addr) && write(tap, frame, (size_t)size) < 0)
      die("write", strerror(errno));
  }
}
