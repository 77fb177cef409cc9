import os
PLACE = os.path.basename(os.path.dirname(__file__))
