public struct MACAddress {}
