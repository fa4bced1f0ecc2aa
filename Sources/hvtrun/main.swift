import Tender
import SystemCalls
import Glibc
let image = try Image(path: CommandLine.arguments[1])
var c = MachineConfiguration(image: image, console: DescriptorConsole(Descriptor(owning: 1), name: "stdout"))
c.memorySize = 64 << 20
c.commandLine = CommandLine.arguments.dropFirst(2).joined(separator: " ")
print(try Machine(c).runOnCurrentThread())
