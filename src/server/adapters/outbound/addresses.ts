/** Which IP addresses the service may connect to: the public Internet, and what the operator allows besides. */
import { BlockList, isIP } from 'node:net';

/** Special-purpose blocks of RFC 6890 and its registry, multicast and the reserved class E. */
const internalV4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24'],
  ...['203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
];

/**
 * Only 2000::/3 is global unicast; everything else (loopback, mapped and compatible IPv4, NAT64, unique-local,
 * link-local, multicast, SRv6) is refused as a whole. Inside it these blocks are special: IETF protocols with Teredo
 * and ORCHID, documentation, 6to4.
 */
const globalV6 = '2000::/3';
const internalV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

/** Networks (CIDR) and single addresses as one list. Throws a RangeError or TypeError when an entry is neither. */
export function networkList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    const longest = family === 'ipv6' ? 128 : 32;
    if (prefix !== undefined && !/^\d{1,3}$/.test(prefix))
      throw new RangeError(`${network} is not a network`);
    list.addSubnet(address, prefix === undefined ? longest : Number(prefix), family);
  }
  return list;
}

const internal = networkList([...internalV4, ...internalV6]);
const globalUnicast = networkList([globalV6]);

/** True for addresses that may be connected to. */
export type AddressRule = (address: string) => boolean;

/** `allow`: internal networks (CIDR or single addresses) that may be reached in addition to the Internet. */
export function addressRule(allow: readonly string[]): AddressRule {
  const allowed = networkList(allow);
  return (address) => {
    switch (isIP(address)) {
      case 4:
        return allowed.check(address, 'ipv4') || !internal.check(address, 'ipv4');
      case 6:
        // a mapped IPv4 address is judged as what it is written as, so no IPv4 rule can be met by way of IPv6
        if (/^::ffff:/i.test(address) || address.includes('%')) return false;
        return (
          allowed.check(address, 'ipv6') ||
          (globalUnicast.check(address, 'ipv6') && !internal.check(address, 'ipv6'))
        );
      default:
        return false;
    }
  };
}
